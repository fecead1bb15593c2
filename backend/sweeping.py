"""Deletes pictures whose time is over, now and then; of all API processes, one at a time. Knows no picture by name."""

import asyncio
import logging

import redis.asyncio
from redis.exceptions import RedisError

from backend.blobs import Blobs
from worker.errors import ServiceError

logger = logging.getLogger(__name__)

SWEEP_EVERY_S = 600
GRACE_S = 3600  # records go first, pictures after them
LOCK_KEY = "api:sweeper"


async def sweep_for_ever(
    blobs: Blobs, client: redis.asyncio.Redis, *, retention_s: int, every_s: int = SWEEP_EVERY_S
) -> None:
    """Until it is canceled. What fails is tried again the next time."""
    while True:
        try:
            if await client.set(LOCK_KEY, 1, nx=True, ex=max(1, every_s - 1)):
                num_deleted = await blobs.sweep(retention_s + GRACE_S)
                logger.info("swept: %d pictures deleted", num_deleted)
        except (RedisError, OSError, ServiceError) as error:
            logger.warning("not swept: %s", type(error).__name__)
        await asyncio.sleep(every_s)
