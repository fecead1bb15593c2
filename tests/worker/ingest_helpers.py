"""A decoding child, asked as the web process asks it."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator

from worker.exchange import Exchange
from worker.ingest_protocol import (
    ANSWER_HEAD,
    REQUEST_HEAD,
    ImageFacts,
    Refusal,
    check_ready,
    parse_answer,
    unpack_answer_head,
)


class Child:
    def __init__(self, *arguments: str) -> None:
        self.exchange = Exchange.make()
        number = self.exchange.descriptor
        command = [sys.executable, "-m", "worker.ingest", "--exchange", str(number), *arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[self.exchange.descriptor]
        )
        check_ready(self.read()[0])

    @property
    def pid(self) -> int:
        return self.process.pid

    def read(self) -> tuple[bytes, bytes]:
        assert self.process.stdout is not None
        json_bytes, file_bytes = unpack_answer_head(self.process.stdout.read(ANSWER_HEAD.size))
        return self.process.stdout.read(json_bytes), self.exchange.take(file_bytes)

    def ask(self, data: bytes) -> ImageFacts | Refusal:
        assert self.process.stdin is not None
        self.exchange.put(data)
        self.process.stdin.write(REQUEST_HEAD.pack(len(data)))
        self.process.stdin.flush()
        return parse_answer(self.read()[0])


@contextlib.contextmanager
def spawned(*arguments: str) -> Iterator[Child]:
    child = Child(*arguments)
    with child.process:
        yield child
        child.process.kill()
    child.exchange.close()
