"""Workers for each test, all of them ended with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.workers import Start, Workers
from worker.records import Records, worker_redis


@pytest.fixture
def records(redis_url: str) -> Iterator[Records]:
    with worker_redis(redis_url) as client:
        yield Records(client)


@pytest.fixture
def workers(records: Records, redis_url: str, tmp_path: Path) -> Iterator[Start]:
    made: list[Workers] = []

    def make(**model: float | Path) -> Workers:
        made.append(Workers(records, redis_url, tmp_path, **model))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.kill()
