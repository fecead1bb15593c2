"""One real API process for all tests of the backend, on the session's real Redis."""

from collections.abc import Iterator

import httpx
import pytest

from cli.redis_server import RedisServer
from tests.backend.service import PATIENCE_S, Service, service
from worker.records import Records, worker_redis

API_KEY = "key/of+the-tests-0123456789=="  # as base64 makes them
ALLOWED_ORIGIN = "https://app.example.org"


@pytest.fixture(scope="session")
def api_process(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    environ = {"RESPELL_API_KEYS": API_KEY, "RESPELL_ALLOWED_ORIGINS": ALLOWED_ORIGIN}
    with service(tmp_path_factory.mktemp("api"), redis_server.url, environ) as running:
        yield running


@pytest.fixture
def running(api_process: Service, redis_url: str) -> Service:
    """That process, with an empty Redis."""
    del redis_url
    return api_process


@pytest.fixture
def api(running: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, timeout=PATIENCE_S) as client:
        yield client


@pytest.fixture
def records(redis_url: str) -> Iterator[Records]:
    """The worker's side."""
    with worker_redis(redis_url) as client:
        yield Records(client)
