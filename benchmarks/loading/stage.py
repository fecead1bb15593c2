"""The service's real processes for a scenario: an embedded Redis, API processes, workers; all gone afterwards.

What the kernel says about them, too: processor time and memory.
"""

import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx

from cli.child import Child
from cli.redis_server import RedisServer
from worker.records import Records, worker_redis
from worker.settings import Settings

PATIENCE_S = 60.0
HOST = "127.0.0.1"
DRAIN_S = 15.0

_ROOT = Path(__file__).parents[2]
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """One process of the service; `port` is 0 for one that listens nowhere."""

    child: Child
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def cpu_s(self) -> float:
        """Processor time so far, with that of the processes it has started."""
        return sum(_cpu_s(pid) for pid in (self.child.pid, *_descendants(self.child.pid)))

    def private_kib(self) -> float:
        """Memory that is this process's own: what is shared with others isn't counted."""
        lines = Path(f"/proc/{self.child.pid}/smaps_rollup").read_text().splitlines()
        return sum(float(line.split()[1]) for line in lines if line.startswith(("Private_", "Swap:")))


class Stage:
    """`with Stage(folder) as stage: api = stage.start_api()`. Settings are those of `Settings`, by name."""

    def __init__(
        self, folder: Path, *, max_queued: int = 1000, fake_model_steps: int = 50, fake_step_ms: float = 20
    ) -> None:
        if not Path("/proc/self/smaps_rollup").exists():
            raise SystemExit("this benchmark reads memory and processor time from /proc, which this system lacks")
        self.folder = folder
        self._redis = RedisServer(folder / "redis")
        self.settings = Settings(
            redis_url=self._redis.url,
            storage=str(folder / "blobs"),
            max_queued=max_queued,
            fake_model_steps=fake_model_steps,
            fake_step_ms=fake_step_ms,
        )
        self._at_the_end = ExitStack()

    def __enter__(self) -> Self:
        self._at_the_end.enter_context(self._redis)
        self.records = Records(self._at_the_end.enter_context(worker_redis(self._redis.url)))
        return self

    def __exit__(self, *_: object) -> None:
        self._at_the_end.close()

    @property
    def redis(self) -> Process:
        return Process(self._redis.child)

    def start_api(self) -> Process:
        """→ when it answers."""
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
        api = Process(self._start("api", "backend.server", "--port", str(port)), port)
        until(lambda: _answers(api), "the API answers")
        return api

    def start_workers(self, number: int) -> list[Process]:
        """→ when all of them are announced."""
        workers = [Process(self._start(f"worker-{index}", "worker.main")) for index in range(number)]
        until(lambda: self.records.queue().workers == number, f"{number} workers are announced")
        return workers

    def stop(self, process: Process) -> None:
        """In good order."""
        process.child.send(signal.SIGTERM)
        process.child.wait(DRAIN_S)
        process.child.kill()

    def _start(self, name: str, module: str, *arguments: str) -> Child:
        environment = {**os.environ, **self.settings.to_env(), "PYTHONPATH": str(_ROOT)}
        log = self._at_the_end.enter_context((self.folder / f"{name}.log").open("a", buffering=1))
        command = [sys.executable, "-m", module, *arguments]
        child = Child(name, command, on_line=lambda _, line: print(line, file=log), env=environment)
        child.start()
        self._at_the_end.callback(child.kill)
        return child


def until(condition: Callable[[], object], what: str, timeout_s: float = PATIENCE_S) -> None:
    """→ as soon as it holds. Raises TimeoutError."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout_s:g} s: {what}")
        time.sleep(0.02)


def allow_open_files(number: int) -> None:
    """Raises this process's limit, which its children inherit. Ends the program when the system allows less."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < number:
        raise SystemExit(f"{number} open files are needed and the system allows {hard}: raise it with `ulimit -Hn`")
    if soft != resource.RLIM_INFINITY and soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))


def _answers(api: Process) -> bool:
    if not api.child.is_running:
        raise RuntimeError(f"the API has ended: {' | '.join(api.child.last_lines)}")
    try:
        return httpx.get(f"{api.url}/healthz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _cpu_s(pid: int) -> float:
    """0 for a process that has ended meanwhile."""
    fields = _stat(pid)
    return 0.0 if fields is None else (int(fields[11]) + int(fields[12])) / _TICKS_PER_S  # user and system time


def _descendants(pid: int) -> list[int]:
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    parents = {child: int(fields[1]) for child in pids if (fields := _stat(child)) is not None}
    found = [pid]
    for ancestor in found:  # grows as it is walked
        found += [child for child, parent in parents.items() if parent == ancestor]
    return found[1:]


def _stat(pid: int) -> list[str] | None:
    """From the process's state on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
