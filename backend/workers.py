"""How many workers are there: the only file of the web process that looks into RQ's registry."""

import redis.asyncio
from redis.exceptions import RedisError

from worker.errors import QueueUnavailableError
from worker.records.keys import WORKERS_KEY


async def live_workers(client: redis.asyncio.Redis) -> int:
    """Workers whose last beat is younger than a few seconds: the key of a worker expires without. One beats every 2 s.

    Raises QueueUnavailableError.
    """
    try:
        keys = await client.smembers(WORKERS_KEY)
        return int(await client.exists(*keys)) if keys else 0
    except (RedisError, OSError) as error:
        raise QueueUnavailableError(f"the queue can't be reached: {type(error).__name__}") from error
