"""How long each process waits for Redis: workers sit out an outage, the API says so at once; and its troubles' name."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError, OutOfMemoryError, ReadOnlyError, ResponseError, TimeoutError
from redis.retry import Retry

from worker.errors import QueueUnavailableError

OUTAGE_RETRIES = 60  # about a minute: the waits between them grow to 1 s
WORKER_SOCKET_TIMEOUT_S = 15.0  # above every blocking call of a worker
API_CONNECT_TIMEOUT_S = 1.0
API_SOCKET_TIMEOUT_S = 1.5
API_CONNECTIONS = 32
API_POOL_TIMEOUT_S = 1.0

_AWAY = (ConnectionError, TimeoutError, OutOfMemoryError, ReadOnlyError)
_AWAY_CODES = ("MISCONF", "LOADING", "MASTERDOWN", "NOREPLICAS", "CLUSTERDOWN", "BUSY")


def worker_redis(url: str) -> redis.Redis:
    """A connection that survives Redis being away for up to a minute, for workers and RQ."""
    return redis.Redis.from_url(
        url,
        retry=Retry(ExponentialBackoff(cap=1, base=0.05), OUTAGE_RETRIES),
        retry_on_error=[ConnectionError, TimeoutError],
        socket_timeout=WORKER_SOCKET_TIMEOUT_S,
        socket_connect_timeout=WORKER_SOCKET_TIMEOUT_S,
        health_check_interval=30,
    )


def api_redis(url: str) -> redis.asyncio.Redis:
    """Connections that fail within two seconds. One repetition: a pooled socket may be older than the server.

    There are 32 at most, and who comes when all are in use waits for one: 50 requests at once don't open 50.
    """
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        url,
        max_connections=API_CONNECTIONS,
        timeout=API_POOL_TIMEOUT_S,
        retry=AsyncRetry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
        socket_timeout=API_SOCKET_TIMEOUT_S,
        socket_connect_timeout=API_CONNECT_TIMEOUT_S,
    )
    return redis.asyncio.Redis.from_pool(pool)


@contextmanager
def translated() -> Iterator[None]:
    """Redis's troubles under one name, so that nobody else has to know them."""
    try:
        yield
    except _AWAY as error:
        raise QueueUnavailableError(f"the queue can't be reached or takes nothing: {type(error).__name__}") from error
    except ResponseError as error:
        if not str(error).startswith(_AWAY_CODES):
            raise
        raise QueueUnavailableError(f"the queue takes nothing: {str(error).split()[0]}") from error
