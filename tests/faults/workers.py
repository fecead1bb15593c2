"""Real worker processes, and the queue that they work for, as a client sees it.

Their model only sleeps, unless the folder of another is given, or the built-in one is asked for.
"""

import hashlib
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import redis

from cli.child import Child
from cli.redis_server import RedisServer
from tests.cli.processes import until
from tests.worker.edit_helpers import queue, request_for, small_photo, stored
from worker.contract import EditOutcome, EditState, Event
from worker.queueing import detect_job, intermediate_key, queue_key
from worker.records import Records
from worker.settings import Settings
from worker.storage import BlobStore


class Workers:
    """Processes that are started, and die, at the test's word; `kill` ends them all."""

    def __init__(
        self,
        records: Records,
        redis_url: str,
        folder: Path,
        *,
        num_steps: int = 50,
        step_ms: float = 20,
        model: Path | None = None,
        image_model: Path | None = None,
        built_in: bool = False,
    ) -> None:
        self.records = records
        self.store = BlobStore(str(folder))
        self.image_id = stored(self.store, small_photo())
        settings = Settings(
            redis_url=redis_url,
            storage=str(folder),
            model=None if model is None else str(model),
            image_model=None if image_model is None else str(image_model),
            device="cpu",
            fake_model_steps=None if built_in or model is not None else num_steps,
            fake_step_ms=step_ms,
        )
        self._environment = {**os.environ, **settings.to_env(), "PYTHONUNBUFFERED": "1"}
        self._children: list[Child] = []
        self.lines: list[str] = []

    def start(self, number: int = 1, *, module: str = "worker.main") -> list[Child]:
        """→ when all of them are announced."""
        command = [sys.executable, "-m", module]
        children = [
            Child("worker", command, on_line=lambda _, line: self.lines.append(line), env=self._environment)
            for _ in range(number)
        ]
        self._children += children
        for child in children:
            child.start()
        until(lambda: all(self.name_of(child) for child in children), "the workers are announced", timeout_s=300)
        return children

    def name_of(self, child: Child) -> str | None:
        """What its events call it; None before it is announced."""
        assert child.is_running, self.lines[-20:]
        for key in self.records.redis.smembers("rq:workers"):
            if self.records.redis.hget(key, "pid") == str(child.pid).encode():
                return bytes(key).decode().removeprefix("rq:worker:")
        return None

    def running(self) -> list[Child]:
        return [child for child in self._children if child.is_running]

    def process_of(self, edit_id: str) -> Child:
        """The one that has the edit."""
        name = self.state(edit_id).worker
        return next(child for child in self.running() if self.name_of(child) == name)

    def searching(self, image_id: str) -> Child | None:
        """The one that looks for the words of a picture."""
        for child in self.running():
            job = self.records.redis.hget(f"rq:worker:{self.name_of(child)}", "current_job")
            if job == detect_job(image_id).encode():
                return child
        return None

    def is_running(self, edit_id: str, attempt: int) -> bool:
        state = self.state(edit_id)
        return state.status == "running" and state.attempt == attempt

    def is_stored(self, outcome: EditOutcome) -> bool:
        sha256 = outcome.image_sha256
        data = self.store.get(f"results/{sha256[:2]}/{sha256}.png")
        return hashlib.sha256(data).hexdigest() == sha256

    def pop_and_die(self, edit_id: str) -> None:
        """What a worker does that is killed after it has taken a ticket and before it has begun."""
        taken = self.records.redis.lmove(queue_key("interactive"), intermediate_key("interactive"), "LEFT", "RIGHT")
        assert taken == edit_id.encode()

    def queue(self, number: int = 1, **changes: Any) -> list[str]:
        return [queue(self.records, request_for(self.image_id, **changes)) for _ in range(number)]

    def state(self, edit_id: str) -> EditState:
        found = self.records.get(edit_id)
        assert found is not None
        return found

    def story(self, edit_id: str) -> list[Event]:
        """All events; `seq` must rise by one from 1."""
        events = [stored_event.event() for stored_event in self.records.events(edit_id)]
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        return events

    def main_events(self, edit_id: str) -> list[str]:
        """The types of the events without what is told of the drawing."""
        return [event.type for event in self.story(edit_id) if event.type not in ("stage", "progress", "candidate")]

    def wait_for_step(self, edit_id: str) -> None:
        until(lambda: any(event.type == "progress" for event in self.story(edit_id)), "the edit is being drawn")

    def wait_for_end(self, *edit_ids: str, timeout_s: float = 120) -> None:
        until(lambda: all(self.state(edit_id).is_terminal for edit_id in edit_ids), "the edits have ended", timeout_s)

    def kill(self) -> None:
        for child in self._children:
            child.kill()


Start: TypeAlias = Callable[..., Workers]  # with what `Workers` takes beyond the place


def grant(child: Child, limit: int, value: int) -> None:
    """Sets one of the kernel's limits of a process that runs; `resource.RLIM_INFINITY` lifts it."""
    resource.prlimit(child.pid, limit, (value, resource.RLIM_INFINITY))


def address_space_bytes(child: Child) -> int:
    """What RLIMIT_AS counts."""
    pages = int(Path(f"/proc/{child.pid}/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def now_s(client: redis.Redis) -> float:
    """By the clock that events have."""
    seconds, microseconds = client.time()
    return seconds + microseconds / 1e6


def away(server: RedisServer, *, seconds: float) -> None:
    """Redis ends in good order, and comes back with its data."""
    server.stop()
    time.sleep(seconds)
    server.start()
