"""A real API process for all tests of the client, on the session's real Redis."""

from collections.abc import Iterator

import pytest

from cli.redis_server import RedisServer
from respell import RespellClient
from tests.backend.service import Service, service
from worker.records import Records, worker_redis

API_KEY = "key-of-the-clients-tests-0123456789"


@pytest.fixture(scope="session")
def client_api_process(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(tmp_path_factory.mktemp("api"), redis_server.url, {"RESPELL_API_KEYS": API_KEY}) as running:
        yield running


@pytest.fixture
def running(client_api_process: Service, redis_url: str) -> Service:
    """That process, with an empty Redis."""
    del redis_url
    return client_api_process


@pytest.fixture
def client(running: Service) -> Iterator[RespellClient]:
    with RespellClient(running.url) as respell:
        yield respell


@pytest.fixture
def records(redis_url: str) -> Iterator[Records]:
    """The worker's side."""
    with worker_redis(redis_url) as redis:
        yield Records(redis)
