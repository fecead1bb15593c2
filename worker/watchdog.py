"""What a worker does every so often, and how it ends itself when its model hangs.

A heartbeat proves only that the process lives.
"""

import faulthandler
import logging
import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import NoReturn, Self

from worker.contract import StageName

logger = logging.getLogger(__name__)

EXIT_STATUS = 70  # EX_SOFTWARE
STEP_TICKS = 30
OTHER_TICKS = 120  # reading a large photo, searching for noise and finding words give no sign in between


class Ticker:
    """Calls `action` every `interval_s` in a thread of its own, from `start` to `stop`.

    Errors of the kinds `tolerated` are logged, and the next tick comes; any other ends the process (see `worker.main`).
    """

    def __init__(
        self,
        name: str,
        interval_s: float,
        action: Callable[[], object],
        *,
        tolerated: tuple[type[Exception], ...] = (),
    ) -> None:
        self._interval_s, self._action, self._tolerated = interval_s, action, tolerated
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """→ when the last call has come back."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            try:
                self._action()
            except self._tolerated as error:
                logger.warning("%s: %s", self._thread.name, error)


class Watchdog:
    """`with watchdog:` around what may hang, `feed` at each sign of life, `tick` each second.

    Counts ticks, not time: a process that was stopped and goes on has not been silent meanwhile.
    """

    def __init__(self, *, on_stall: Callable[[], None] | None = None) -> None:
        self._on_stall = on_stall or end_process
        self._ticks_left: int | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._set(OTHER_TICKS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._set(None)

    def feed(self, stage: StageName) -> None:
        """A sign of life: the next one has to come in the time that such a stage may take."""
        self._set(STEP_TICKS if stage == "drawing" else OTHER_TICKS)

    def tick(self) -> None:
        with self._lock:
            if self._ticks_left is None:
                return
            self._ticks_left -= 1
            is_silent = self._ticks_left < 0
        if is_silent:
            self._on_stall()

    def _set(self, ticks: int | None) -> None:
        with self._lock:
            self._ticks_left = ticks


def end_process(cause: str = "no sign of life from the model") -> NoReturn:
    """At once and without any clean-up, which might hang, too; the supervisor starts another."""
    logger.critical("%s: the process ends with status %d", cause, EXIT_STATUS)
    faulthandler.dump_traceback(all_threads=True)
    os._exit(EXIT_STATUS)
