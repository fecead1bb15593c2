"""`respell up` as a user runs it: real processes, a model that only sleeps. Refusals happen in this process."""

import http.client
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.up import BadHostError, PortTakenError, UnsafeHostError, address, answers_ready, check_exposure, free_port
from tests.cli.conftest import Respell
from tests.cli.processes import descendants, is_alive, until
from worker.errors import BadSettingError

ROOT = Path(__file__).parent.parent.parent
KEYS = "a-key-of-at-least-16-characters"
UNSET = ("REDIS_URL", "RESPELL_STORAGE", "RESPELL_MODEL", "RESPELL_IMAGE_MODEL", "RESPELL_API_KEYS")
START_TIMEOUT_S = 300.0


class Running:
    """A `respell up` and what it has written."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, port: int) -> None:
        self.process, self.folder, self.port = process, folder, port

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def pid_of(self, name: str) -> int:
        """Of its last start."""
        return int(self.log.rpartition(f"{name} started, pid ")[2].split()[0])

    def wait_until_ready(self) -> None:
        until(lambda: self.out or self.process.poll() is not None, "it says that it is ready", START_TIMEOUT_S)
        assert self.out, self.log


@contextmanager
def up(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> Iterator[Running]:
    """In an empty session of its own, in a folder where other things are called as our packages are."""
    for package in ("worker", "backend"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").write_text("raise ImportError('not the one of Respell')")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if name not in UNSET}
    command = [sys.executable, "-P", "-c", "from cli.main import main; main()", "up", "--port", str(port), *arguments]
    with (
        (folder / "out").open("w") as out,
        (folder / "log").open("w") as log,
        subprocess.Popen(
            command,
            cwd=folder,
            env={**inherited, "PYTHONPATH": str(ROOT), "RESPELL_FAKE_MODEL_STEPS": "5", **(environ or {})},
            stdout=out,
            stderr=log,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield Running(process, folder, port)
        finally:
            process.kill()


def taken_port() -> socket.socket:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening


@pytest.mark.slow
def test_it_serves_until_ctrl_c_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with up(tmp_path, "--workers", "2") as running:
        running.wait_until_ready()
        assert running.out == f"Respell is ready at http://127.0.0.1:{running.port} (Ctrl-C stops it)\n"
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
        connection.request("GET", "/readyz")
        assert connection.getresponse().status == 200
        connection.close()
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        children = descendants(running.process.pid)
        assert len(children) >= 4  # Redis, the API, two workers
        os.killpg(running.process.pid, signal.SIGINT)  # as a terminal does
        assert running.process.wait(120) == 0
    assert not any(map(is_alive, children))
    assert "and is killed" not in running.log
    assert not (tmp_path / "data" / "redis" / "redis.sock").exists()
    assert free_port("127.0.0.1", running.port, any_port=False) == running.port


@pytest.mark.slow
def test_each_process_that_dies_comes_back_and_none_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    with up(tmp_path) as running:
        running.wait_until_ready()
        for name in ("api", "redis", "worker-1"):
            before = running.pid_of(name)
            os.kill(before, signal.SIGKILL)
            until(lambda name=name, before=before: running.pid_of(name) != before, f"{name} is started again")
        until(lambda: answers_ready("127.0.0.1", running.port), "all is ready again", START_TIMEOUT_S)
        children = descendants(running.process.pid)
        assert len(children) >= 3
        running.process.kill()
        until(lambda: not any(map(is_alive, children)), "all children are gone")


@pytest.mark.slow
def test_a_redis_of_its_own_is_not_started_where_one_is_given(tmp_path: Path, redis_url: str) -> None:
    storage = tmp_path / "elsewhere"
    with up(tmp_path, environ={"REDIS_URL": redis_url, "RESPELL_STORAGE": str(storage)}) as running:
        running.wait_until_ready()
        running.process.terminate()
        assert running.process.wait(120) == 0
    assert "redis started" not in running.log
    assert storage.is_dir() and list((tmp_path / "data").iterdir()) == []


def test_a_taken_port_is_refused_by_its_number(respell: Respell, tmp_path: Path) -> None:
    with taken_port() as listening:
        port = listening.getsockname()[1]
        finished = respell("up", "--port", port, "--data-dir", tmp_path / "data")
    assert (finished.status, finished.out) == (2, "")
    assert finished.err == (
        f"error: port {port} of 127.0.0.1 is taken by another program: name another with --port, "
        "or take any free one with --any-port\n"
    )
    assert not (tmp_path / "data").exists()


def test_another_port_is_taken_only_when_told_to() -> None:
    with taken_port() as listening:
        port = listening.getsockname()[1]
        with pytest.raises(PortTakenError):
            free_port("127.0.0.1", port, any_port=False)
        chosen = free_port("127.0.0.1", port, any_port=True)
    assert chosen != port
    assert free_port("127.0.0.1", chosen, any_port=True) == chosen


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_machines_are_let_in_only_with_keys(host: str) -> None:
    with pytest.raises(UnsafeHostError, match=f"--host {host} lets other machines in, and RESPELL_API_KEYS is not set"):
        check_exposure(host, {})
    with pytest.raises(UnsafeHostError):
        check_exposure(host, {"RESPELL_API_KEYS": " , "})
    check_exposure(host, {"RESPELL_API_KEYS": KEYS})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
def test_this_machine_needs_no_keys(host: str) -> None:
    check_exposure(host, {})


def test_keys_that_cannot_be_used_are_refused_and_not_shown() -> None:
    with pytest.raises(BadSettingError) as refused:
        check_exposure("127.0.0.1", {"RESPELL_API_KEYS": "too-short"})
    assert "too-short" not in str(refused.value)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(BadHostError, match=r"can't serve at http://192\.0\.2\.1:8000"):
        free_port("192.0.2.1", 8000, any_port=True)
    with pytest.raises(BadHostError, match="'no such host' is no address of this machine"):
        check_exposure("no such host", {})


def test_the_address_is_one_that_a_browser_here_can_open() -> None:
    assert address("127.0.0.1", 8000) == "http://127.0.0.1:8000"
    assert address("0.0.0.0", 80) == "http://127.0.0.1:80"
    assert address("::", 8000) == address("::1", 8000) == "http://[::1]:8000"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--host", "0.0.0.0"], "lets other machines in"),
        (["--model", "no-such-model"], "no model 'no-such-model'"),
        (["--image-model", "no-such-folder"], "no-such-folder is no pipeline folder of diffusers"),
        (["--port", "0"], "greater than or equal to 1"),
        (["--workers", "0"], "greater than or equal to 1"),
        (["--data-dir", "a_file"], "is a file, a folder is needed"),
        (["--data-dir", "no/such/folder"], "doesn't exist"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    respell: Respell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RESPELL_API_KEYS", raising=False)
    (tmp_path / "a_file").touch()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    finished = respell("up", *(() if "--port" in arguments else ("--port", port)), *arguments)
    assert finished.status == 2 and reason in finished.err
    assert finished.err.startswith("error: ") and finished.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a_file"]
