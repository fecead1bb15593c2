"""Whether the queue takes another edit, known before a body is read. Decides nothing: `create` does."""

import asyncio

from worker.errors import QueueFullError
from worker.records import AsyncRecords

FRESH_S = 0.2  # how old the answer may be; the queue isn't asked for every request


class Admission:
    """The queue's length, asked for a few times a second however many ask."""

    def __init__(self, records: AsyncRecords) -> None:
        self._records = records
        self._lock = asyncio.Lock()
        self._num_queued, self._known_at = 0, float("-inf")

    async def check(self) -> None:
        """Raises QueueFullError, and QueueUnavailableError when Redis is away."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            if loop.time() - self._known_at > FRESH_S:
                self._num_queued = (await self._records.queue()).queued
                self._known_at = loop.time()
        if self._num_queued >= self._records.max_queued:
            raise QueueFullError(f"{self._num_queued} edits are waiting, no more are taken")
