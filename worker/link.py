"""A running attempt's line to its record: what happens goes out, the lease is renewed, a cancel comes in.

One thread does all of it: a step of the model never waits for Redis, and an outage of Redis doesn't stop the drawing.
"""

import logging
import threading
import time
from collections import deque
from types import TracebackType
from typing import Self

from worker.contract import ProgressUpdate, Update
from worker.errors import QueueUnavailableError, StaleAttemptError
from worker.records import Attempt, Beat, Records

logger = logging.getLogger(__name__)

BEAT_S = 0.05  # a cancel is heard this fast
OUTAGE_PAUSE_S = 0.5


class EditCanceledError(Exception):
    """Somebody wants the edit to stop."""


class HandedBackError(Exception):
    """The worker is to end at once: another one shall do the edit."""


class Link:
    """`with Link(records, attempt) as link:`; `tell` what happens, `check` often, `flush` before committing the end."""

    def __init__(self, records: Records, attempt: Attempt) -> None:
        self._records, self._attempt = records, attempt
        self._updates: deque[Update] = deque()
        self._changed = threading.Condition()
        self._verdict: Beat = "go"
        self._beat_at = time.monotonic() + BEAT_S  # `begin` was the first beat
        self._is_handed_back = self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def tell(self, update: Update) -> None:
        """Sent soon, in order. Of the steps that couldn't be sent yet only the latest is kept."""
        with self._changed:
            if self._is_closed:
                return
            if self._updates and _replaces(update, self._updates[-1]):
                self._updates.pop()
            self._updates.append(update)
            self._changed.notify_all()

    def check(self) -> None:
        """Raises EditCanceledError, StaleAttemptError or HandedBackError when the drawing is to stop."""
        if self._verdict == "cancel":
            raise EditCanceledError(self._attempt.edit_id)
        if self._verdict == "stale":
            raise StaleAttemptError(f"{self._attempt.edit_id} has ended or belongs to another attempt")
        if self._is_handed_back:
            raise HandedBackError(self._attempt.edit_id)

    def hand_back(self) -> None:
        """The next `check` raises HandedBackError. May be called by a signal's handler."""
        self._is_handed_back = True

    def flush(self) -> None:
        """→ when all that was told is in the record, or can't get there because the edit is somebody else's."""
        with self._changed:
            self._changed.wait_for(lambda: not self._updates)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._is_closed and self._verdict != "stale":
                self._wait()
                self._serve()
        finally:  # nobody may wait for what will never be sent
            with self._changed:
                self._is_closed = True
                self._updates.clear()
                self._changed.notify_all()

    def _wait(self) -> None:
        """→ when there is something to send, or when it is time for a beat."""
        with self._changed:
            pause_s = max(0.0, self._beat_at - time.monotonic())
            self._changed.wait_for(lambda: self._updates or self._is_closed, timeout=pause_s)

    def _serve(self) -> None:
        try:
            self._send()
            if time.monotonic() >= self._beat_at:
                self._beat_at = time.monotonic() + BEAT_S
                self._verdict = self._records.beat(self._attempt.edit_id, self._attempt.token)
        except StaleAttemptError:
            self._verdict = "stale"
        except QueueUnavailableError as error:
            logger.warning("%s: %s", self._attempt.edit_id, error)
            time.sleep(OUTAGE_PAUSE_S)

    def _send(self) -> None:
        """The updates that are there now. One that couldn't be sent stays the first."""
        while not self._is_closed and self._updates:
            update = self._updates[0]
            self._records.emit(self._attempt.edit_id, self._attempt.token, update)
            with self._changed:
                if self._updates and self._updates[0] is update:
                    self._updates.popleft()
                self._changed.notify_all()


def _replaces(update: Update, earlier: Update) -> bool:
    return isinstance(update, ProgressUpdate) and isinstance(earlier, ProgressUpdate)
