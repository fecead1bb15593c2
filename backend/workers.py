"""How many workers there are and what they draw with: the only file of the web process that knows RQ's registry."""

import redis.asyncio
from redis.exceptions import RedisError

from worker.contract import ModelFacts
from worker.errors import NoImageModelError, QueueUnavailableError
from worker.records.keys import WORKER_MODEL_FIELD, WORKERS_KEY


async def live_workers(client: redis.asyncio.Redis) -> int:
    """Workers whose last beat is younger than a few seconds: the key of a worker expires without. One beats every 2 s.

    Raises QueueUnavailableError.
    """
    try:
        keys = await client.smembers(WORKERS_KEY)
        return int(await client.exists(*keys)) if keys else 0
    except (RedisError, OSError) as error:
        raise QueueUnavailableError(f"the queue can't be reached: {type(error).__name__}") from error


async def announced_models(client: redis.asyncio.Redis) -> list[ModelFacts]:
    """What the live workers draw with, each model once, by name. Raises QueueUnavailableError.

    Of workers that differ in their image model one that has any is taken.
    """
    facts = sorted(await _facts(client), key=lambda each: (each.name, each.image_model or ""))
    return list({each.name: each for each in facts}.values())


async def check_image_model(client: redis.asyncio.Redis) -> None:
    """Raises NoImageModelError unless a live worker makes pictures, and QueueUnavailableError."""
    if all(each.image_model is None for each in await _facts(client)):
        raise NoImageModelError(
            "no worker that is up makes pictures from prompts: the service is started with RESPELL_IMAGE_MODEL, "
            "or respell up --image-model, for that"
        )


async def _facts(client: redis.asyncio.Redis) -> list[ModelFacts]:
    """Of each live worker."""
    try:
        async with client.pipeline(transaction=False) as pipeline:
            for key in await client.smembers(WORKERS_KEY):
                pipeline.hget(key, WORKER_MODEL_FIELD)
            announced = await pipeline.execute()
    except (RedisError, OSError) as error:
        raise QueueUnavailableError(f"the queue can't be reached: {type(error).__name__}") from error
    return [ModelFacts.model_validate_json(text) for text in announced if text is not None]
