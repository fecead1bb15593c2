"""Photos and masks out of the blob store, results into it. Knows no jobs and no models."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from worker.contract import CandidateMaps, OutputFormat, OutputOptions
from worker.errors import ImageNotFoundError, MaskNotFoundError, StorageUnavailableError
from worker.maps import described, sheet_of
from worker.photo import Mask, Photo, read_mask
from worker.storage import BlobStore, NotStoredError, content_key, image_id_of, key_of

if TYPE_CHECKING:
    from models.pipeline import CharacterMaps

ContentType: TypeAlias = Literal["image/png", "image/jpeg", "image/webp"]

SUFFIXES: dict[OutputFormat, str] = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
CONTENT_TYPES: dict[OutputFormat, ContentType] = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}


def load_photo(store: BlobStore, image_id: str) -> Photo:
    """Raises ImageNotFoundError and StorageUnavailableError."""
    try:
        with _storage_errors():
            data = store.get(key_of(image_id))
    except NotStoredError as error:
        raise ImageNotFoundError(f"no image {image_id}: it expired or was deleted") from error
    return Photo.open(data)


def keep_photo(store: BlobStore, photo: Photo) -> tuple[str, bool]:
    """As one that was sent → its id, and whether it is new. Raises StorageFullError and StorageUnavailableError."""
    png = photo.encode(".png")
    image_id = image_id_of(png)
    key = key_of(image_id)
    with _storage_errors():
        is_new = not store.exists(key)
        store.put(png, key)
    return image_id, is_new


def drop_photo(store: BlobStore, image_id: str) -> None:
    """Raises StorageUnavailableError."""
    with _storage_errors():
        store.delete(key_of(image_id))


def load_mask(store: BlobStore, mask_id: str, image_hw: tuple[int, int]) -> Mask:
    """For a photo of (height, width). Raises MaskNotFoundError, BadMaskFileError and StorageUnavailableError."""
    try:
        with _storage_errors():
            data = store.get(key_of(mask_id))
    except NotStoredError as error:
        raise MaskNotFoundError(f"no mask {mask_id}: it expired or was deleted") from error
    return read_mask(data, image_hw)


class Results:
    """The pictures that an edit has made: written in its format, kept under the SHA-256 of the file."""

    def __init__(self, store: BlobStore, output: OutputOptions) -> None:
        self._store, self._output = store, output
        self._suffix = SUFFIXES[output.format]
        self._new_keys: list[str] = []

    def check_fits(self, photo: Photo) -> None:
        """Raises BadOutputError if the format can't hold the photo: tries it with one pixel."""
        replace(photo, samples=photo.samples[:1, :1]).encode(self._suffix)

    def keep(self, photo: Photo) -> str:
        """→ the SHA-256 of the file. Raises StorageFullError and StorageUnavailableError."""
        return self._put(photo.encode(self._suffix, quality=self._output.quality), self._suffix)

    def keep_maps(self, maps: "CharacterMaps | None") -> CandidateMaps | None:
        """As a picture of its own. Raises as `keep` does."""
        return None if maps is None else described(maps, self._put(sheet_of(maps), ".png"))

    def _put(self, data: bytes, suffix: str) -> str:
        key = content_key("results", data, suffix)
        with _storage_errors():
            is_new = not self._store.exists(key)
            self._store.put(data, key)
        if is_new:
            self._new_keys.append(key)
        return key.rpartition("/")[2].removesuffix(suffix)

    def discard(self) -> None:
        """Takes back what wasn't there before: nobody wants it any more."""
        with _storage_errors():
            while self._new_keys:
                self._store.delete(self._new_keys.pop())


@contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailableError(f"the place of the pictures can't be reached: {type(error).__name__}") from error
