import asyncio
import os
import time
from pathlib import Path

from backend.blobs import Blobs
from backend.sweeping import GRACE_S, sweep_for_ever
from worker.records import api_redis
from worker.storage import BlobStore, content_key


async def test_pictures_whose_time_is_over_are_deleted(redis_url: str, tmp_path: Path) -> None:
    store = BlobStore(str(tmp_path))
    keys = [content_key("images", data, ".png") for data in (b"old", b"new")]
    for key in keys:
        store.put(b"picture", key)
    long_ago = time.time() - 100 - GRACE_S - 60
    os.utime(tmp_path / keys[0], (long_ago, long_ago))
    blobs = Blobs(store)
    async with api_redis(redis_url) as client:
        sweeping = asyncio.create_task(sweep_for_ever(blobs, client, retention_s=100))
        async with asyncio.timeout(60):
            while store.exists(keys[0]):
                await asyncio.sleep(0.01)
        sweeping.cancel()
        await asyncio.wait([sweeping])
    blobs.close()
    assert store.exists(keys[1])


async def test_without_redis_the_sweeper_lives_on(tmp_path: Path) -> None:
    blobs = Blobs(BlobStore(str(tmp_path)))
    async with api_redis("unix:///nowhere/redis.sock") as client:
        sweeping = asyncio.create_task(sweep_for_ever(blobs, client, retention_s=100))
        await asyncio.sleep(0.2)
        assert not sweeping.done()
        sweeping.cancel()
        await asyncio.wait([sweeping])
    blobs.close()
