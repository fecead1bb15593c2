"""What every handler works with, made once a process and closed with it. Knows no routes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import cast

import redis.asyncio
from starlette.requests import HTTPConnection

from backend.admission import Admission
from backend.blobs import Blobs
from backend.decoding import DecodePool
from backend.fetching import Fetcher
from backend.hub import Hub
from backend.metrics import HttpMetrics
from backend.renderings import Renderer
from backend.sweeping import sweep_for_ever
from worker.records import AsyncRecords, api_redis
from worker.settings import Settings
from worker.storage import BlobStore

MAX_REDIS_CONNECTIONS = 64
REDIS_CONNECTION_WAIT_S = 2.0


@dataclass(frozen=True)
class Services:
    settings: Settings
    records: AsyncRecords
    hub: Hub
    blobs: Blobs
    decoders: DecodePool
    renderer: Renderer
    fetcher: Fetcher
    admission: Admission
    metrics: HttpMetrics


@asynccontextmanager
async def open_services(settings: Settings, metrics: HttpMetrics) -> AsyncIterator[Services]:
    """Nothing of it needs Redis to be there."""
    client = _pooled(settings.redis_url)
    records = AsyncRecords(client, max_queued=settings.max_queued, retention_s=settings.retention_s)
    async with AsyncExitStack() as at_the_end:
        at_the_end.push_async_callback(client.aclose, close_connection_pool=True)
        blobs = Blobs(BlobStore(settings.storage))
        at_the_end.callback(blobs.close)
        renderer = Renderer()
        at_the_end.push_async_callback(renderer.close)
        sweeping = asyncio.create_task(sweep_for_ever(blobs, client, retention_s=settings.retention_s))
        at_the_end.callback(sweeping.cancel)
        yield Services(
            settings=settings,
            records=records,
            hub=await at_the_end.enter_async_context(Hub(client)),
            blobs=blobs,
            decoders=await at_the_end.enter_async_context(DecodePool()),
            renderer=renderer,
            fetcher=Fetcher(),
            admission=Admission(records),
            metrics=metrics,
        )


def services_of(connection: HTTPConnection) -> Services:
    return cast(Services, connection.app.state.services)


def _pooled(url: str) -> redis.asyncio.Redis:
    """`api_redis` with a bounded number of connections: who comes when all are in use waits for one."""
    pool = api_redis(url).connection_pool
    return redis.asyncio.Redis(
        connection_pool=redis.asyncio.BlockingConnectionPool(
            MAX_REDIS_CONNECTIONS, REDIS_CONNECTION_WAIT_S, pool.connection_class, **pool.connection_kwargs
        )
    )
