"""The record keeper on a real, empty server, and what an edit is drawn with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.pipeline import TextEditor
from tests.worker.edit_helpers import photo_with_words, stored
from worker.painter import ModelPainter
from worker.records import Records, worker_redis
from worker.storage import BlobStore


@pytest.fixture
def records(redis_url: str) -> Iterator[Records]:
    with worker_redis(redis_url) as client:
        yield Records(client)


@pytest.fixture(scope="module")
def painter(tiny_model: Path) -> ModelPainter:
    return ModelPainter(TextEditor.load(tiny_model), device="cpu")


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(str(tmp_path))


@pytest.fixture
def image_id(store: BlobStore) -> str:
    return stored(store, photo_with_words())
