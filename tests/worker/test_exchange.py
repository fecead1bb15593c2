import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from worker.exchange import KEPT_BYTES, Exchange


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    exchange = Exchange.make()
    yield exchange
    exchange.close()


def test_what_one_process_puts_there_another_takes(exchange: Exchange) -> None:
    picture = os.urandom(3_000_000)
    exchange.put(picture)
    code = "import sys\nfrom worker.exchange import Exchange\nother = Exchange(int(sys.argv[1]))\n"
    code += "other.put(other.take(3_000_000)[::-1])"
    command = [sys.executable, "-c", code, str(exchange.descriptor)]
    subprocess.run(command, pass_fds=[exchange.descriptor], check=True)
    assert exchange.take(3_000_000) == picture[::-1]


def test_a_shorter_picture_than_announced_is_no_picture(exchange: Exchange) -> None:
    exchange.put(b"12345")
    assert exchange.take(0) == b""
    with pytest.raises(EOFError, match="6 bytes were announced, 5 are there"):
        exchange.take(6)


def test_the_memory_of_a_large_picture_is_given_back(exchange: Exchange) -> None:
    exchange.put(bytes(3 * KEPT_BYTES))
    exchange.trim()
    assert os.fstat(exchange.descriptor).st_size == KEPT_BYTES
    with pytest.raises(EOFError):
        exchange.take(KEPT_BYTES + 1)


def test_closing_twice_closes_no_file_of_others() -> None:
    exchange = Exchange.make()
    number = exchange.descriptor
    exchange.close()
    reader, writer = os.pipe()
    assert number in (reader, writer)
    exchange.close()
    os.write(writer, b"open")
    assert os.read(reader, 4) == b"open"
    os.close(reader)
    os.close(writer)
