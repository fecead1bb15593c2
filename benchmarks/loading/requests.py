"""A light HTTP/1.1 client on kept connections: it shares its processors with the server that it measures."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from benchmarks.loading.stage import HOST

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Answer:
    """`seconds` from the first byte of the request to the last of the answer."""

    status: int
    headers: dict[str, str]  # by names in lower case
    body: bytes
    seconds: float


def request(method: str, path: str, *, body: bytes = b"", headers: str = "") -> bytes:
    """A whole request. `headers` are lines that end with CRLF."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Connection:
    """`async with Connection(port) as connection: await connection.ask(request("GET", "/healthz"))`."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(HOST, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def ask(self, whole_request: bytes) -> Answer:
        started = time.perf_counter()
        async with asyncio.timeout(PATIENCE_S):
            self._writer.write(whole_request)
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await self._reader.readexactly(int(headers["content-length"]))
        return Answer(int(first.split()[1]), headers, body, time.perf_counter() - started)


async def ask_all(port: int, requests: Iterable[bytes], *, concurrency: int) -> list[Answer]:
    """Each as soon as one of the connections is free."""
    waiting: Iterator[bytes] = iter(requests)
    answers: list[Answer] = []

    async def work() -> None:
        async with Connection(port) as connection:
            for one in waiting:
                answers.append(await connection.ask(one))

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())
    return answers
