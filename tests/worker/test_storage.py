import os
import shutil
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from worker.errors import EditorError, StorageUnavailableError
from worker.storage import (
    BlobStore,
    NotStoredError,
    content_key,
    image_id_of,
    key_of,
    mask_id_of,
)

DATA = b"pixels"
KEY = content_key("images", DATA, "")


@pytest.fixture(params=["folder", "fsspec"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    """A local folder, and the store of fsspec that any other stands for here."""
    return BlobStore(str(tmp_path / "blobs") if request.param == "folder" else f"memory://{uuid.uuid4().hex}")


@pytest.fixture
def folder(tmp_path: Path) -> BlobStore:
    return BlobStore(str(tmp_path / "blobs"))


def files_under(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def age(root: Path, key: str, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(root / key, (moment, moment))


def test_what_was_put_is_got_until_it_is_deleted(store: BlobStore) -> None:
    assert not store.exists(KEY)
    store.put(DATA, KEY)
    assert store.exists(KEY)
    assert store.get(KEY) == DATA
    assert store.stat(KEY).size_bytes == len(DATA)
    assert abs(store.stat(KEY).modified_at - time.time()) < 60
    assert store.delete(KEY)
    assert not store.delete(KEY)
    assert not store.exists(KEY)


def test_what_is_not_there_is_refused_by_code(store: BlobStore) -> None:
    for call in (store.get, store.stat):
        with pytest.raises(NotStoredError) as caught:
            call(KEY)
        assert caught.value.code == "not_found"
        assert KEY not in str(caught.value)


def test_the_sweeper_takes_old_blobs_only(store: BlobStore) -> None:
    store.put(DATA, KEY)
    assert store.sweep(max_age_s=3600) == 0
    assert store.sweep(max_age_s=-1) == 1
    assert not store.exists(KEY)


def test_ids_and_keys_name_the_content() -> None:
    digest = image_id_of(DATA).removeprefix("img_")
    assert len(digest) == 64
    assert key_of(image_id_of(DATA)) == KEY == f"images/{digest[:2]}/{digest}"
    assert key_of(mask_id_of(DATA)) == f"masks/{digest[:2]}/{digest}"
    assert content_key("results", DATA, ".jpg") == f"results/{digest[:2]}/{digest}.jpg"


@pytest.mark.parametrize(
    "blob_id",
    ["", "*", "../x", "%00", "a" * 10_000, "img_:", "img_" + "A" * 64, "img_" + "a" * 63, f"img_{'a' * 64}\n", "/etc"],
)
def test_what_is_no_id_is_not_found_and_builds_no_path(blob_id: str) -> None:
    with pytest.raises(NotStoredError):
        key_of(blob_id)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../../etc/passwd",
        "/etc/passwd",
        f"images/ab/{'c' * 64}.png",
        f"images/../{KEY}",
        KEY + "\n",
        KEY + "\0",
        "x",
    ],
)
def test_paths_are_no_keys(folder: BlobStore, tmp_path: Path, key: str) -> None:
    for call in (folder.get, folder.exists, folder.stat, folder.delete, lambda key: folder.put(DATA, key)):
        with pytest.raises(ValueError, match="no key"):
            call(key)
    assert files_under(tmp_path) == []


def test_a_second_put_keeps_the_file_and_renews_its_age(folder: BlobStore, tmp_path: Path) -> None:
    folder.put(DATA, KEY)
    path = tmp_path / "blobs" / KEY
    inode = path.stat().st_ino
    age(tmp_path / "blobs", KEY, 7200)
    folder.put(DATA, KEY)
    assert path.stat().st_ino == inode
    assert folder.sweep(max_age_s=3600) == 0
    assert folder.exists(KEY)


def test_a_torn_file_of_a_crashed_disk_is_written_anew(folder: BlobStore, tmp_path: Path) -> None:
    folder.put(DATA, KEY)
    (tmp_path / "blobs" / KEY).write_bytes(DATA[:2])
    folder.put(DATA, KEY)
    assert folder.get(KEY) == DATA


def test_many_writers_of_one_blob_leave_one_file(folder: BlobStore, tmp_path: Path) -> None:
    data = os.urandom(200_000)
    key = content_key("images", data, ".png")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: folder.put(data, key), range(40)))
    assert folder.get(key) == data
    assert files_under(tmp_path / "blobs") == [key]


def test_the_sweeper_removes_what_crashed_writers_left_and_no_foreign_file(folder: BlobStore, tmp_path: Path) -> None:
    root = tmp_path / "blobs"
    (root / ".unfinished" / "old").write_bytes(DATA)
    (root / ".unfinished" / "new").write_bytes(DATA)
    (root / "notes.txt").write_bytes(DATA)
    age(root, ".unfinished/old", 7200)
    age(root, "notes.txt", 10**7)
    assert folder.sweep(max_age_s=0) == 0
    assert files_under(root) == [".unfinished/new", "notes.txt"]


def test_a_writer_killed_in_the_middle_leaves_no_blob(tmp_path: Path) -> None:
    """The child is killed once the unfinished file is on the disk, by its own fsync."""
    script = (
        "import os, signal, sys; from worker.storage import *; data = bytes(1000); store = BlobStore(sys.argv[1])\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "store.put(data, content_key('images', data, '.png'))"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == -9
    assert [name.split("/")[0] for name in files_under(tmp_path)] == [".unfinished"]
    assert not BlobStore(str(tmp_path)).exists(content_key("images", bytes(1000), ".png"))


FILL = """
import sys
from worker.storage import BlobStore, content_key
from worker.errors import StorageFullError
store, data = BlobStore(sys.argv[1]), bytes(1_000_000)
small = b"small"
store.put(small, content_key("images", small, ".png"))
try:
    store.put(data, content_key("images", data, ".png"))
except StorageFullError as error:
    assert store.get(content_key("images", small, ".png")) == small
    import os
    left = sum(len(files) for _, _, files in os.walk(sys.argv[1]))
    print(error.code, error.retryable, store.exists(content_key("images", data, ".png")), left, store.free_share() < 1)
"""


def test_a_limit_on_files_is_storage_full_and_leaves_no_half_file(tmp_path: Path) -> None:
    command = ["bash", "-c", 'ulimit -f 100; exec "$0" -c "$1" "$2"', sys.executable, FILL, str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["storage_full", "True", "False", "1", "True"]


def can_mount() -> bool:
    command = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return shutil.which("unshare") is not None and subprocess.run(command, capture_output=True).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="no disk of its own can be mounted here")
def test_a_full_disk_is_storage_full_and_leaves_no_half_file(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o size=512k none "$2"; exec "$0" -c "$1" "$2"'
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-c"]
    command = [*unshare, script, sys.executable, FILL, str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["storage_full", "True", "False", "1", "True"]


def test_other_troubles_of_the_disk_are_not_called_full(folder: BlobStore, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "blobs")
    with pytest.raises(FileNotFoundError):
        folder.put(DATA, KEY)


def test_an_s3_store_that_does_not_answer_is_told_by_code(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("s3fs")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StorageUnavailableError) as caught:
        BlobStore("s3://bucket/folder").get(KEY)
    assert (caught.value.code, caught.value.retryable) == ("storage_unavailable", True)


def test_the_refusal_belongs_to_the_tree() -> None:
    assert issubclass(NotStoredError, EditorError)
