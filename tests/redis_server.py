"""A real Redis-compatible server for the tests that need one: the same that `respell up` starts."""

from collections.abc import Iterator

import pytest
import redis

from cli.redis_server import RedisServer

SETTLE_TIMEOUT_MS = 30_000


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """`.url`, `.kill()` with -9, `.stop()` with SIGTERM, `.start()` again with its data. One for all tests."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The URL of that server, running and empty."""
    if not redis_server.child.is_running:
        redis_server.start()
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


def settle(url: str) -> None:
    """→ when all that was written before is on the disk.

    To be called before `kill`: with `appendfsync everysec` a slow disk holds writes back for up to two seconds, and
    these are gone after a -9.
    """
    with redis.Redis.from_url(url, socket_timeout=60) as client:
        client.incr("settled")
        synced, _ = client.execute_command("WAITAOF", 1, 0, SETTLE_TIMEOUT_MS)
        assert synced == 1, f"the append-only file was not synced within {SETTLE_TIMEOUT_MS} ms"
        client.delete("settled")
