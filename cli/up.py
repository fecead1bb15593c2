"""`respell up`: the whole service on this machine, from one command until Ctrl-C."""

import errno
import http.client
import ipaddress
import os
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.checks import check_folder
from models.checkpoints.folders import model_folder
from models.generate.folders import pipeline_class
from worker.errors import EditorError

if TYPE_CHECKING:
    from cli.supervisor import Service

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
API_DRAIN_S = 10.0
REDIS_DRAIN_S = 10.0
PROBE_TIMEOUT_S = 2.0


class PortTakenError(EditorError):
    """Another program listens there."""

    code = "port_taken"


class UnsafeHostError(EditorError):
    """Other machines could reach the service, and nothing says which of them may."""

    code = "unsafe_host"


class BadHostError(EditorError):
    """No address of this machine."""

    code = "bad_host"


def up(
    host: Annotated[str, typer.Option(help="The address to serve at.")] = DEFAULT_HOST,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to serve at.")] = DEFAULT_PORT,
    any_port: Annotated[bool, typer.Option("--any-port", help="Take a free port if that one is taken.")] = False,
    data_dir: Annotated[Path, typer.Option(help="Where pictures and the queue are kept.")] = Path("data"),
    workers: Annotated[int, typer.Option(min=1, help="Processes that edit, each with its own model.")] = 1,
    model: Annotated[str | None, typer.Option(help="A model's name or folder; without it, the built-in one.")] = None,
    image_model: Annotated[
        Path | None, typer.Option(help="Folder of a diffusers pipeline: pictures from prompts, /v1/generations.")
    ] = None,
) -> None:
    """Serve Respell: the API, its workers and a queue of its own (or the one at REDIS_URL), until Ctrl-C."""
    from cli.redis_server import RedisServer
    from cli.supervisor import Service, Supervisor
    from cli.workers import log_to_stderr, worker_services, write_line
    from worker.settings import Settings

    check_exposure(host, os.environ)
    port = free_port(host, port, any_port=any_port)
    check_folder(data_dir, "--data-dir")
    folder = model_folder(model)
    settings = Settings.from_env()
    if folder is not None:
        settings = replace(settings, model=str(folder.absolute()))
    if image_model is not None:
        pipeline_class(image_model)
        settings = replace(settings, image_model=str(image_model.absolute()))
    data_dir.mkdir(exist_ok=True, mode=0o700)
    if not os.environ.get("RESPELL_STORAGE"):
        settings = replace(settings, storage=str(data_dir.absolute() / "blobs"))
    log_to_stderr()
    with ExitStack() as at_the_end:
        stages: list[list[Service]] = []
        if not os.environ.get("REDIS_URL"):
            server = RedisServer(data_dir / "redis", on_line=write_line)
            at_the_end.callback(server.close)
            settings = replace(settings, redis_url=server.url)
            stages.append([Service(server.child, REDIS_DRAIN_S, server.wait_until_ready)])
        environment = os.environ | settings.to_env()
        stages.append(worker_services(workers, environment))
        stages.append([api_service(host, port, environment)])
        Supervisor(stages).run(
            is_ready=lambda: answers_ready(host, port),
            on_ready=lambda: typer.echo(f"Respell is ready at {address(host, port)} (Ctrl-C stops it)"),
        )


def check_exposure(host: str, environ: Mapping[str, str]) -> None:
    """Raises UnsafeHostError unless only this machine can reach `host`, or keys say who may.

    Keys that can't be used are refused on any host: BadSettingError.
    """
    from backend.settings import ApiKeys

    keys = ApiKeys.from_env(environ)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise BadHostError(f"--host {host!r} is no address of this machine: {error}") from error
    if all(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_loopback for entry in found):
        return
    if not keys.hashes:
        raise UnsafeHostError(
            f"--host {host} lets other machines in, and RESPELL_API_KEYS is not set: set it to the keys that may use "
            f"the service, or stay on {DEFAULT_HOST}"
        )


def free_port(host: str, port: int, *, any_port: bool) -> int:
    """`port` if nobody listens there, else PortTakenError, or with `any_port` one that the system chooses."""
    family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and any_port:
                probe.bind((host, 0))
            elif error.errno == errno.EADDRINUSE:
                raise PortTakenError(
                    f"port {port} of {host} is taken by another program: name another with --port, "
                    "or take any free one with --any-port"
                ) from error
            else:
                raise BadHostError(f"can't serve at {address(host, port)}: {error.strerror}") from error
        return int(probe.getsockname()[1])


def api_service(host: str, port: int, environment: Mapping[str, str]) -> "Service":
    """The API in a process of its own."""
    from cli.workers import python_service

    command = ["backend.server", "--host", host, "--port", str(port)]
    return python_service("api", command, environment, API_DRAIN_S)


def answers_ready(host: str, port: int) -> bool:
    """Whether /readyz says 200: Redis, a worker with its model loaded, and room on the disk."""
    connection = http.client.HTTPConnection(_reachable(host), port, timeout=PROBE_TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):  # not up yet
        return False
    finally:
        connection.close()


def address(host: str, port: int) -> str:
    """For a browser on this machine."""
    host = _reachable(host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
