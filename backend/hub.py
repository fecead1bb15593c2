"""One pub/sub connection a process, and whoever waits for an edit or a picture is woken by it. Holds no state of jobs.

What is published may get lost: Redis restarts, a slow reader falls behind. Then the listeners are told to look for
themselves, and the stream in Redis, which forgets nothing, gives them what they missed.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import redis.asyncio
from redis.exceptions import RedisError

from worker.records import wakeup_channel

logger = logging.getLogger(__name__)

PATTERN = wakeup_channel("*")
MAX_WAITING = 64  # messages a listener; one more, and it reads the stream instead
PING_AFTER_S = 5.0  # of silence; after as long again without a word, the connection is taken for dead
RECONNECT_AFTER_S = 0.25
MAX_READERS = 32  # listeners that read their stream at the same time, after Redis was away


class Listener:
    """What has come for one identifier since the last look. One task may wait; small, because thousands exist."""

    __slots__ = ("_has_missed", "_payloads", "_waiter", "is_closed")

    def __init__(self, *, is_closed: bool = False) -> None:
        self._payloads: list[bytes] = []
        self._waiter: asyncio.Future[None] | None = None
        self._has_missed = False
        self.is_closed = is_closed  # nothing comes any more

    def put(self, payload: bytes) -> None:
        if self._has_missed:
            return  # it is in the stream
        if len(self._payloads) >= MAX_WAITING:
            self.miss()
            return
        self._payloads.append(payload)
        self._wake()

    def miss(self) -> None:
        """Messages may be missing."""
        self._payloads.clear()
        self._has_missed = True
        self._wake()

    def close(self) -> None:
        self.is_closed = True
        self._wake()

    async def wait(self) -> None:
        """→ when a message is there, or some were missed, or all ends."""
        if self._payloads or self._has_missed or self.is_closed:
            return
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def take(self) -> bytes | None:
        """The next message; None when there is none."""
        return self._payloads.pop(0) if self._payloads else None

    def take_missed(self) -> bool:
        """Whether messages may be missing since this was last asked: then look at the stream."""
        has_missed, self._has_missed = self._has_missed, False
        return has_missed

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Hub:
    """`async with Hub(client) as hub: with hub.listen(edit_id) as listener: await listener.wait()`."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        self._listeners: defaultdict[bytes, set[Listener]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self.readers = asyncio.Semaphore(MAX_READERS)
        self.connected = asyncio.Event()
        self.is_closed = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="hub")
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    @property
    def num_listeners(self) -> int:
        return sum(map(len, self._listeners.values()))

    def close(self) -> None:
        """Ends all waiting, so that no stream holds up the end of the process."""
        self.is_closed = True
        self.connected.set()
        for listener in self._all():
            listener.close()

    @contextlib.contextmanager
    def listen(self, identifier: str) -> Iterator[Listener]:
        """From here on nothing is missed unnoticed; look at what was before yourself, after this."""
        channel, listener = wakeup_channel(identifier).encode(), Listener(is_closed=self.is_closed)
        self._listeners[channel].add(listener)
        try:
            yield listener
        finally:
            self._listeners[channel].discard(listener)
            if not self._listeners[channel]:
                del self._listeners[channel]

    async def _run(self) -> None:
        while True:
            try:
                async with self._client.pubsub() as pubsub:
                    await pubsub.psubscribe(PATTERN)
                    await self._forward(pubsub)
            except (RedisError, OSError) as error:
                if self.connected.is_set():
                    logger.warning("hub: lost the queue, %s", type(error).__name__)
                self.connected.clear()
                await asyncio.sleep(RECONNECT_AFTER_S)

    async def _forward(self, pubsub: redis.asyncio.client.PubSub) -> None:
        is_asked = False
        while True:
            message = await pubsub.get_message(timeout=PING_AFTER_S)
            if message is None:
                if is_asked:
                    raise redis.exceptions.TimeoutError(f"no word for {2 * PING_AFTER_S:g} s")
                await pubsub.ping()
                is_asked = True
                continue
            is_asked = False
            if message["type"] == "pmessage":
                for listener in self._listeners.get(message["channel"], ()):
                    listener.put(message["data"])
            elif message["type"] == "psubscribe":  # also after the client library reconnected by itself
                self._on_connect()

    def _on_connect(self) -> None:
        logger.info("hub: hears the queue, %d listeners look for what they missed", self.num_listeners)
        self.connected.set()
        for listener in self._all():
            listener.miss()

    def _all(self) -> list[Listener]:
        return [listener for listeners in self._listeners.values() for listener in listeners]
