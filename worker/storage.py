"""The blobs of the service, each under the SHA-256 of its bytes: a local folder, or any store that fsspec knows.

Knows keys and bytes; no pictures, no jobs. All calls block: the web process makes them in threads.
"""

import contextlib
import datetime
import errno
import hashlib
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from worker.errors import EditorError, StorageFullError, StorageUnavailableError

MAX_WRITE_S = 3600  # an unfinished file older than this belongs to nobody
FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_KEY = re.compile(r"(?:images|masks|results|previews)/([0-9a-f]{2})/\1[0-9a-f]{62}(?:\.(?:png|jpg|webp))?")
_BLOB_ID = re.compile(r"(img|mask)_([0-9a-f]{64})")
_FOLDER_BY_PREFIX = {"img": "images", "mask": "masks"}
_UNFINISHED = ".unfinished"


class NotStoredError(EditorError):
    """No such blob, or not any more."""

    code = "not_found"


@dataclass(frozen=True)
class BlobStat:
    """What is known of a blob without reading it."""

    size_bytes: int
    modified_at: float  # seconds since 1970; putting the same blob again renews it


def image_id_of(file: bytes) -> str:
    """The id of a picture in our own encoding: `img_` + its SHA-256."""
    return f"img_{hashlib.sha256(file).hexdigest()}"


def mask_id_of(file: bytes) -> str:
    """The id of a mask in our own encoding: `mask_` + its SHA-256."""
    return f"mask_{hashlib.sha256(file).hexdigest()}"


def content_key(folder: str, data: bytes, suffix: str) -> str:
    """Where `data` belongs: `content_key("results", jpeg, ".jpg")` → `results/ab/abcdef….jpg`."""
    digest = hashlib.sha256(data).hexdigest()
    return _checked(f"{folder}/{digest[:2]}/{digest}{suffix}")


def key_of(blob_id: str) -> str:
    """`img_abcdef…` → `images/ab/abcdef…`. Raises NotStoredError for anything that is no id: no path is built."""
    match = _BLOB_ID.fullmatch(blob_id)
    if match is None:
        raise NotStoredError("no such picture: an id is img_ or mask_ and 64 hexadecimal digits")
    prefix, digest = match.groups()
    return f"{_FOLDER_BY_PREFIX[prefix]}/{digest[:2]}/{digest}"


class BlobStore:
    """`BlobStore("data/blobs")`, `BlobStore("s3://bucket/folder")`. A key's blob never changes; see `content_key`.

    Every call may raise StorageUnavailableError.
    """

    def __init__(self, url: str) -> None:
        # Listings of a store that others write to as well are stale at once.
        options = {} if "://" not in url else {"use_listings_cache": False, "skip_instance_cache": True}
        self._fs, self._root = fsspec.url_to_fs(url, **options)
        self._outages = _outages_of(self._fs)
        self._is_local = isinstance(self._fs, LocalFileSystem)
        if self._is_local:
            Path(self._root, _UNFINISHED).mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes, key: str) -> None:
        """Stores the blob whole or not at all; if it is there already, its age starts anew. Raises StorageFullError."""
        path = self._path(key)
        try:
            if not self._is_local:
                with self._reaching():
                    self._fs.pipe_file(path, data)
            elif not _renew(path, len(data)):
                self._write(path, data)
        except OSError as error:
            if error.errno in FULL_ERRNOS:
                raise StorageFullError(f"no room for {len(data):,} bytes more: {error.strerror}") from error
            raise

    def get(self, key: str) -> bytes:
        """Raises NotStoredError."""
        with self._reaching(), _finding():
            data: bytes = self._fs.cat_file(self._path(key))
            return data

    def exists(self, key: str) -> bool:
        with self._reaching():
            return bool(self._fs.isfile(self._path(key)))

    def stat(self, key: str) -> BlobStat:
        """Raises NotStoredError."""
        with self._reaching(), _finding():
            return _stat_of(self._fs.info(self._path(key)))

    def delete(self, key: str) -> bool:
        """True if the blob was there."""
        if not self.exists(key):
            return False
        with self._reaching(), contextlib.suppress(FileNotFoundError):  # another was quicker
            self._fs.rm_file(self._path(key))
        return True

    def sweep(self, max_age_s: float) -> int:
        """Deletes every blob put longer ago than that, and what crashed writers left behind → number of blobs deleted.

        Files that are none of our blobs are left alone.
        """
        now, deleted = time.time(), 0
        with self._reaching():
            found = self._fs.find(self._root, detail=True)
        for path, info in found.items():
            name = str(path)[len(self._root) :].lstrip("/")
            is_blob = _KEY.fullmatch(name) is not None
            max_age = max_age_s if is_blob else MAX_WRITE_S
            if (is_blob or name.startswith(f"{_UNFINISHED}/")) and now - _stat_of(info).modified_at > max_age:
                with self._reaching(), contextlib.suppress(FileNotFoundError):
                    self._fs.rm_file(path)
                    deleted += is_blob
        return deleted

    def free_share(self) -> float:
        """How much of the disk is free, 0 to 1; stores elsewhere count as empty."""
        if not self._is_local:
            return 1.0
        usage = shutil.disk_usage(self._root)
        return usage.free / usage.total

    def _path(self, key: str) -> str:
        return f"{self._root.rstrip('/')}/{_checked(key)}"

    @contextlib.contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except self._outages as error:
            raise StorageUnavailableError(
                f"the store of the pictures doesn't answer: {type(error).__name__}"
            ) from error

    def _write(self, path: str, data: bytes) -> None:
        """Onto the disk, then to its name: a crash at any moment leaves the blob whole or absent."""
        unfinished = f"{self._root}/{_UNFINISHED}/{secrets.token_hex(16)}"
        folder = os.path.dirname(path)
        try:
            with open(unfinished, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                if sys.platform == "linux":
                    # The next writer gets these pages of memory at once, and uploads push nothing else out of it.
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            try:
                os.replace(unfinished, path)
            except FileNotFoundError:
                os.makedirs(folder, exist_ok=True)
                _sync_folder(os.path.dirname(folder))
                _sync_folder(self._root)
                os.replace(unfinished, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(unfinished)
            raise
        _sync_folder(folder)


def _renew(path: str, size_bytes: int) -> bool:
    """True if the file is there, with that size; it is as good as new then."""
    try:
        if os.stat(path).st_size != size_bytes:
            return False
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checked(key: str) -> str:
    if _KEY.fullmatch(key) is None:
        raise ValueError(f"no key of a blob, such as images/ab/ab…: {key!r}")
    return key


def _stat_of(info: dict[str, Any]) -> BlobStat:
    """What fsspec tells of a file; its stores have several words for the time of the last change."""
    moment = next(
        info[word] for word in ("mtime", "LastModified", "last_modified", "modified", "created") if word in info
    )
    modified_at = moment.timestamp() if isinstance(moment, datetime.datetime) else float(moment)
    return BlobStat(size_bytes=int(info["size"]), modified_at=modified_at)


@contextlib.contextmanager
def _finding() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotStoredError("no such picture, or not any more") from error


def _outages_of(fs: fsspec.AbstractFileSystem) -> tuple[type[Exception], ...]:
    """What its calls raise when nobody answers: s3fs lets botocore's own errors through, which are no OSError."""
    if "s3" not in fs.protocol:
        return ()
    from botocore.exceptions import BotoCoreError

    return (BotoCoreError,)
