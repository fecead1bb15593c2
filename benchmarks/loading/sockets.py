"""A light websocket client that only listens, for thousands at once. A server's frames are never masked or compressed.

The `websockets` library takes longer to read a message than the service takes to send it.
"""

import asyncio
from collections.abc import Callable
from typing import Self

from benchmarks.loading.stage import HOST

_HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_TEXT, _BINARY, _CLOSE, _PING = 0x1, 0x2, 0x8, 0x9
_MASKED_PONG = b"\x8a\x84\0\0\0\0"  # with a mask of zeros; uvicorn's pings hold 4 bytes
_CONNECTING_AT_ONCE = 50


class Socket(asyncio.Protocol):
    """`on_text` and `on_binary` are called with each message."""

    def __init__(self, path: str, on_text: Callable[[bytes], None], on_binary: Callable[[bytes], None] | None) -> None:
        self._path, self._on_text, self._on_binary = path, on_text, on_binary
        self._buffer = bytearray()
        self._is_open = False
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[int] = loop.create_future()  # with the close code; 1006 without one

    @classmethod
    async def connect(
        cls, port: int, path: str, on_text: Callable[[bytes], None], on_binary: Callable[[bytes], None] | None = None
    ) -> Self:
        """→ when the server has taken it. Raises ConnectionError when it doesn't."""
        loop = asyncio.get_running_loop()
        _, socket = await loop.create_connection(lambda: cls(path, on_text, on_binary), HOST, port)
        await socket.opened
        return socket

    def abort(self) -> None:
        """Gone without a word."""
        self._on_text = self._on_binary = _ignore
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(_HANDSHAKE.format(path=self._path, host=HOST).encode())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101 "):
                self.opened.set_exception(ConnectionError(head.split(b"\r\n")[0].decode()))
                self._transport.abort()
                return
            self._is_open, self._buffer = True, rest
            self.opened.set_result(None)
        self._read_frames()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionError("closed before the handshake"))
        if not self.closed.done():
            self.closed.set_result(1006)

    def _read_frames(self) -> None:
        buffer, start = self._buffer, 0
        while len(buffer) - start >= 2:
            opcode, length, begin = buffer[start] & 0x0F, buffer[start + 1], start + 2
            if length >= 126:
                begin += 2 if length == 126 else 8
                length = int.from_bytes(buffer[start + 2 : begin], "big")
            end = begin + length
            if begin > len(buffer) or end > len(buffer):
                break
            self._take(opcode, bytes(buffer[begin:end]))
            start = end
        del buffer[:start]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _TEXT:
            self._on_text(payload)
        elif opcode == _BINARY and self._on_binary is not None:
            self._on_binary(payload)
        elif opcode == _PING:
            self._transport.write(_MASKED_PONG + payload)
        elif opcode == _CLOSE and not self.closed.done():
            self.closed.set_result(int.from_bytes(payload[:2], "big"))
            self._transport.close()


async def connect_all(port: int, paths: list[str], on_text: Callable[[int, bytes], None]) -> list[Socket]:
    """One socket a path, a few at a time; messages come with the place of their path."""
    gate = asyncio.Semaphore(_CONNECTING_AT_ONCE)

    async def connect(index: int, path: str) -> Socket:
        async with gate:
            return await Socket.connect(port, path, lambda payload: on_text(index, payload))

    return list(await asyncio.gather(*(connect(index, path) for index, path in enumerate(paths))))


def _ignore(_: bytes) -> None:
    pass
