"""Worker processes, each with a GPU of its own where there are any. `python -m cli.workers` supervises one a GPU.

That is what a container runs, and `python -m cli.workers --healthy` is its health check; `respell up` has its workers
from here too. Never asks torch what there is: it would put a CUDA context into this process.
"""

import argparse
import logging
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import redis

from cli.child import Child
from cli.supervisor import Service, Supervisor
from worker.errors import EditorError
from worker.records.keys import WORKERS_KEY
from worker.settings import Settings

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parent.parent  # of the packages cli, backend, worker, models
WORKER_DRAIN_S = 30.0
GPU_VARIABLE = "CUDA_VISIBLE_DEVICES"
NAME_CHARS = 9
REDIS_TIMEOUT_S = 5.0


def worker_services(number: int, environment: Mapping[str, str]) -> list[Service]:
    """`number` workers; each loads its model before it takes an edit, and ends the one it has before it stops."""
    gpus = visible_gpus(environment)
    return [
        python_service(f"worker-{index + 1}", ["worker.main"], _with_gpu(environment, gpus, index), WORKER_DRAIN_S)
        for index in range(number)
    ]


def visible_gpus(environment: Mapping[str, str]) -> list[str]:
    """Those named in CUDA_VISIBLE_DEVICES, else all that the driver knows, by UUID; none without a driver."""
    if (named := environment.get(GPU_VARIABLE)) is not None:
        return [entry.strip() for entry in named.split(",") if entry.strip()]
    program = shutil.which("nvidia-smi", path=environment.get("PATH"))
    if program is None:
        return []
    command = [program, "--query-gpu=uuid", "--format=csv,noheader"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if answer.returncode != 0:
        logger.warning("nvidia-smi ended with %d, so no GPU is counted: %s", answer.returncode, answer.stdout.strip())
        return []
    return answer.stdout.split()


def python_service(name: str, module: Sequence[str], environment: Mapping[str, str], drain_s: float) -> Service:
    """`python -m module …`, its lines on our stderr."""
    ours = {"PYTHONUNBUFFERED": "1", "PYTHONPATH": _python_path(environment)}
    command = [sys.executable, "-P", "-m", *module]  # -P: a folder `worker` where we happen to be is not ours
    return Service(Child(name, command, on_line=write_line, env={**environment, **ours}), drain_s)


def write_line(name: str, line: str) -> None:
    """A child's line, after its name, to stderr."""
    with suppress(BrokenPipeError):  # whoever read our log is gone; the service is not
        sys.stderr.write(f"{name:<{NAME_CHARS}}| {line}\n")


def log_to_stderr() -> None:
    """The supervisor's own lines among those of its children."""
    logging.basicConfig(level=logging.INFO, format=f"{'respell':<{NAME_CHARS}}| %(message)s", stream=sys.stderr)


def any_reports(redis_url: str) -> bool:
    """Whether a worker of this host has reported to Redis in the last seconds."""
    host = socket.gethostname().encode()
    with redis.Redis.from_url(redis_url, socket_timeout=REDIS_TIMEOUT_S) as client:
        return any(client.hget(key, "hostname") == host for key in client.sscan_iter(WORKERS_KEY))


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """→ exit status. The API and Redis are elsewhere, and may come later than we do."""
    parser = argparse.ArgumentParser(prog="python -m cli.workers")
    parser.add_argument("--healthy", action="store_true", help="only say whether a worker of this host reports")
    only_ask = parser.parse_args(arguments).healthy
    log_to_stderr()
    try:
        settings = Settings.from_env(environ)
        if only_ask:
            return 0 if any_reports(settings.redis_url) else 1
        Supervisor([worker_services(max(1, len(visible_gpus(environ))), environ)]).run()
    except EditorError as error:
        logger.error("%s", error)
        return 2
    return 0


def _with_gpu(environment: Mapping[str, str], gpus: Sequence[str], index: int) -> Mapping[str, str]:
    return {**environment, GPU_VARIABLE: gpus[index % len(gpus)]} if gpus else environment


def _python_path(environment: Mapping[str, str]) -> str:
    return os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
