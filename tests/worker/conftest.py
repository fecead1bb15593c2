"""The record keeper on a real, empty server."""

from collections.abc import Iterator

import pytest

from worker.records import Records, worker_redis


@pytest.fixture
def records(redis_url: str) -> Iterator[Records]:
    with worker_redis(redis_url) as client:
        yield Records(client)
