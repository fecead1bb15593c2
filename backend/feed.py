"""The events of one edit after a given one: each once, in order, none left out. Knows of a client only when it goes."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.types import Receive

from backend.hub import Hub, Listener
from worker.errors import QueueUnavailableError
from worker.records import AsyncRecords, StoredEvent, parse_wakeup

RETRY_AFTER_S = 0.5


class Feed:
    """`next` gives event after event; live as they are published, and from the stream whatever wasn't heard."""

    __slots__ = ("_hub", "_is_over", "_must_read", "_records", "_stored", "edit_id", "last_seq", "listener")

    def __init__(self, records: AsyncRecords, hub: Hub, listener: Listener, edit_id: str, *, after: int) -> None:
        self.edit_id, self.listener = edit_id, listener
        self._records, self._hub = records, hub
        self._stored: list[StoredEvent] = []  # the next one last
        self._must_read = True
        self._is_over = False
        self.last_seq = after

    async def next(self) -> StoredEvent | None:
        """None after the terminal event, and when the process ends."""
        while not self._is_over and not self.listener.is_closed:
            if not self._stored and (self.listener.take_missed() or self._must_read):
                await self._read()
            event = self._next_stored() or self._next_live()
            if event is not None:
                self.last_seq, self._is_over = event.seq, event.is_terminal
                return event
            if not self._must_read:
                await self.listener.wait()
        return None

    def stop(self) -> None:
        """`next` gives None from now on: nobody listens any more."""
        self.listener.close()

    def _next_stored(self) -> StoredEvent | None:
        while self._stored:
            event = self._stored.pop()
            if event.seq > self.last_seq:
                return event
        return None

    def _next_live(self) -> StoredEvent | None:
        while (payload := self.listener.take()) is not None:
            event = parse_wakeup(payload)
            if event.seq == self.last_seq + 1:
                return event
            if event.seq > self.last_seq:
                self._must_read = True
                return None
        return None

    async def _read(self) -> None:
        """From the stream; waits while Redis is away."""
        try:
            async with self._hub.readers:
                self._stored = await self._records.events(self.edit_id, self.last_seq)
            self._stored.reverse()
            self._must_read = False
        except QueueUnavailableError:
            self._must_read = True
            await asyncio.sleep(RETRY_AFTER_S)
            await self._hub.connected.wait()


@contextmanager
def feed(records: AsyncRecords, hub: Hub, edit_id: str, *, after: int = 0) -> Iterator[Feed]:
    """The events whose `seq` is above `after`. It hears from the moment it is made."""
    with hub.listen(edit_id) as listener:
        yield Feed(records, hub, listener, edit_id, after=after)


@asynccontextmanager
async def while_there(
    events: Feed, until_gone: Coroutine[None, None, int | None]
) -> AsyncIterator["asyncio.Task[int | None]"]:
    """`events` end as soon as `until_gone` does: who only sends doesn't notice that nobody listens any more."""
    gone = asyncio.create_task(until_gone)
    gone.add_done_callback(lambda _: events.stop())
    try:
        yield gone
    finally:
        gone.cancel()
        await asyncio.wait([gone])


async def until_disconnect(receive: Receive) -> None:
    """→ when the client of an HTTP request is gone. The body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        pass
