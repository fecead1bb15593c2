"""The blob store for asyncio: every call in a thread of its own few, so that a slow disk never holds up the loop."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from worker.errors import ResultExpiredError, StorageUnavailableError
from worker.storage import BlobStore, NotStoredError, image_id_of, key_of, mask_id_of

logger = logging.getLogger(__name__)

NUM_THREADS = 8
SUFFIX_BY_TYPE = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}

_T = TypeVar("_T")


class Blobs:
    """Raises StorageFullError and StorageUnavailableError; NotStoredError for what isn't there (any more)."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(NUM_THREADS, thread_name_prefix="blobs")

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    async def save_image(self, file: bytes) -> str:
        """→ its id."""
        return await self._run(lambda: self._save(file, image_id_of(file)))

    async def save_mask(self, file: bytes) -> str:
        """→ its id."""
        return await self._run(lambda: self._save(file, mask_id_of(file)))

    async def read(self, blob_id: str) -> bytes:
        """A picture or mask by its id."""
        return await self._run(lambda: self._store.get(key_of(blob_id)))

    async def has(self, blob_id: str) -> bool:
        return await self._run(lambda: self._store.exists(key_of(blob_id)))

    async def delete(self, blob_id: str) -> None:
        await self._run(lambda: self._store.delete(key_of(blob_id)))

    async def read_result(self, sha256: str, content_type: str) -> bytes:
        """Raises ResultExpiredError."""
        try:
            return await self._run(lambda: self._store.get(_result_key(sha256, content_type)))
        except NotStoredError:
            raise ResultExpiredError("the picture was deleted, or its time is over") from None

    async def has_result(self, sha256: str, content_type: str) -> bool:
        return await self._run(lambda: self._store.exists(_result_key(sha256, content_type)))

    async def delete_result(self, sha256: str, content_type: str) -> None:
        await self._run(lambda: self._store.delete(_result_key(sha256, content_type)))

    async def sweep(self, max_age_s: float) -> int:
        """→ how many were older and are gone."""
        return await self._run(lambda: self._store.sweep(max_age_s))

    async def free_share(self) -> float:
        """Of the disk, 0 to 1."""
        return await self._run(self._store.free_share)

    def _save(self, file: bytes, blob_id: str) -> str:
        self._store.put(file, key_of(blob_id))
        return blob_id

    async def _run(self, call: Callable[[], _T]) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except OSError as error:
            logger.error("blobs: %s", type(error).__name__)
            raise StorageUnavailableError("the place of the pictures can't be reached") from error


def _result_key(sha256: str, content_type: str) -> str:
    return f"results/{sha256[:2]}/{sha256}{SUFFIX_BY_TYPE[content_type]}"
