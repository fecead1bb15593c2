"""Starts child processes, brings back the dead, stops all in order. Knows no Redis, no HTTP.

One thread, the main one, starts and watches: see `Child.start`. On Linux no child outlives the supervisor, even when
that one is killed with -9; elsewhere only a supervisor that can still act takes them along.
"""

import logging
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from cli.child import Child
from worker.errors import EditorError

logger = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TICK_S = 0.1
READY_EVERY_S = 0.3
BACK_OFF_S = (0.3, 1.0, 2.0, 5.0, 10.0, 30.0)  # after the first, second, … death in a row
STEADY_S = 60.0  # who lived that long starts from the first again
MAX_DEATHS_BEFORE_READY = 3
LAST_MOMENTS_S = 2.0  # of a child's drain: after the second SIGTERM


class ServiceFailedError(EditorError):
    """A process can't be brought up."""

    code = "service_failed"


def nothing() -> None:
    """Where there is nothing to wait for, or to say."""


def at_once() -> bool:
    """Where nothing tells when all is ready: every child is brought back for ever."""
    return True


@dataclass(frozen=True)
class Service:
    """One child, how long it may take to end after SIGTERM, and what its first start waits for."""

    child: Child
    drain_s: float
    wait_until_ready: Callable[[], None] = nothing


@dataclass
class _Life:
    """What the supervisor remembers of one service."""

    service: Service
    started_at: float = 0.0
    num_deaths: int = 0  # in a row
    start_at: float | None = None  # when it is dead: the time of its next start


@dataclass
class Supervisor:
    """`stages` start one after the other and stop in the opposite order, within a stage all at once."""

    stages: Sequence[Sequence[Service]]
    _lives: list[_Life] = field(default_factory=list, init=False)
    _stop_requests: list[tuple[float, int]] = field(default_factory=list, init=False)
    _is_ready: bool = field(default=False, init=False)

    def run(self, *, is_ready: Callable[[], bool] = at_once, on_ready: Callable[[], None] = nothing) -> None:
        """→ after SIGINT, SIGTERM or SIGHUP, with every child gone; a second signal cuts the draining short.

        Raises ServiceFailedError if a child keeps dying before `is_ready` was once true.
        """
        with self._signals():
            try:
                self._start_all()
                self._watch(is_ready, on_ready)
            finally:
                self._stop_all()

    def _start_all(self) -> None:
        for stage in self.stages:
            for service in stage:
                if self._stop_requests:
                    return
                service.child.start()
                self._lives.append(_Life(service, started_at=time.monotonic()))
                logger.info("%s started, pid %d", service.child.name, service.child.pid)
            for service in stage:
                service.wait_until_ready()

    def _watch(self, is_ready: Callable[[], bool], on_ready: Callable[[], None]) -> None:
        ask_at = 0.0
        while not self._stop_requests:
            for life in self._lives:
                self._look_after(life)
                if not self._is_ready and life.num_deaths >= MAX_DEATHS_BEFORE_READY:
                    raise ServiceFailedError(
                        f"{life.service.child.name} ended {life.num_deaths} times before all was ready, "
                        f"the last time {_cause(life.service.child)}; it said: {_last_words(life.service.child)}"
                    )
            if not self._is_ready and time.monotonic() >= ask_at:
                self._is_ready = is_ready()
                if self._is_ready:
                    on_ready()
                ask_at = time.monotonic() + READY_EVERY_S
            time.sleep(TICK_S)  # a signal's handler runs within it

    def _look_after(self, life: _Life) -> None:
        child, now = life.service.child, time.monotonic()
        if child.is_running:
            if life.num_deaths and now - life.started_at > STEADY_S:
                life.num_deaths = 0
        elif life.start_at is None:
            child.kill()  # what it has left behind
            if self._is_ready and child.exit_status == 0:  # it thought best to start anew, as a worker does
                life.start_at = now + BACK_OFF_S[0]
                logger.info("%s ended in good order and starts again", child.name)
                return
            pause_s = BACK_OFF_S[min(life.num_deaths, len(BACK_OFF_S) - 1)]
            life.num_deaths += 1
            life.start_at = now + pause_s
            logger.warning("%s ended %s, starts again in %g s", child.name, _cause(child), pause_s)
        elif now >= life.start_at:
            child.start()
            life.started_at, life.start_at = now, None
            logger.info("%s started, pid %d", child.name, child.pid)

    def _stop_all(self) -> None:
        if self._stop_requests:
            cause = signal.strsignal(self._stop_requests[0][1])
            logger.info("%s: stopping, running edits may end first; a second one stops at once", cause)
        for stage in reversed(self.stages):
            self._stop_stage(stage)
        logger.info("all stopped")

    def _stop_stage(self, stage: Sequence[Service]) -> None:
        """A second SIGTERM, which asks to drop the work at hand, goes before the -9."""
        began_at = time.monotonic()
        running = _signalled(stage)
        while _any_running(running) and time.monotonic() < self._patience_ends_at(running, began_at):
            time.sleep(TICK_S / 4)
        last_moments_end_at = time.monotonic() + LAST_MOMENTS_S
        running = _signalled(running)
        while _any_running(running) and time.monotonic() < last_moments_end_at:
            time.sleep(TICK_S / 4)
        for service in stage:
            if service.child.is_running:
                waited_s = time.monotonic() - began_at
                logger.warning("%s did not stop in %.0f s and is killed", service.child.name, waited_s)
            service.child.kill()  # also what it has left behind

    def _patience_ends_at(self, stage: Sequence[Service], began_at: float) -> float:
        """Asked again and again: a second signal may come while we wait."""
        if len(self._stop_requests) > 1:
            return began_at
        return began_at + max(0.0, max(service.drain_s for service in stage) - LAST_MOMENTS_S)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Signals are noted and acted upon in the loops; those that were ignored stay so, for nohup's sake."""
        before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
        heard = [number for number in STOP_SIGNALS if before[number] is not signal.SIG_IGN]
        for number in heard:
            signal.signal(number, self._note)
        try:
            yield
        finally:
            for number in heard:
                signal.signal(number, before[number])

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._stop_requests.append((time.monotonic(), number))  # no logging here: it may just be in the middle of it


def _signalled(stage: Sequence[Service]) -> list[Service]:
    """→ those that were still running."""
    running = [service for service in stage if service.child.is_running]
    for service in running:
        service.child.send(signal.SIGTERM)
    return running


def _any_running(stage: Sequence[Service]) -> bool:
    return any(service.child.is_running for service in stage)


def _cause(child: Child) -> str:
    status = child.exit_status
    if status is not None and status < 0:
        return f"by signal {-status} ({signal.strsignal(-status)})"
    return f"with status {status}"


def _last_words(child: Child) -> str:
    return next((line for line in reversed(child.last_lines) if line.strip()), "nothing")
