"""What happens when a disk is full or a process dies while it writes: real processes under the kernel's own limits."""

import hashlib
import resource
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.backend.service import PATIENCE_S, Service, problem, send_image, service
from tests.cli.processes import until
from tests.faults.workers import Start, grant
from tests.worker.edit_helpers import results, stored
from worker.photo import Photo

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="another process's limits are set on Linux"),
]

NO_LIMIT = resource.RLIM_INFINITY


@pytest.fixture
def running(redis_url: str, tmp_path: Path) -> Iterator[Service]:
    """A service with a folder of its own for what it writes beside its store."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with service(tmp_path / "api", redis_url, {"TMPDIR": str(scratch)}) as made:
        yield made


@pytest.fixture
def api(running: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, timeout=PATIENCE_S) as client:
        yield client


def noise(side_px: int) -> Photo:
    """A photo that no PNG makes small."""
    return Photo(np.random.default_rng(0).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("side_px", [400, 800], ids=["held in memory", "held in the temporary folder"])
def test_an_upload_onto_a_full_disk_is_507_and_leaves_nothing(
    running: Service, api: httpx.Client, side_px: int
) -> None:
    picture = noise(side_px).encode(".png")
    pid = running.process.pid
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (200_000, NO_LIMIT))
    refused = api.post("/v1/images", files={"image": picture})
    assert problem(refused) == (507, "storage_full") and refused.headers["retry-after"] == "30"
    assert files(running.folder / "blobs") == []
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (NO_LIMIT, NO_LIMIT))
    assert api.get(f"/v1/images/{send_image(api, picture)}").status_code == 200


def test_a_result_on_a_full_disk_is_tried_again_and_fails_in_the_end(workers: Start, tmp_path: Path) -> None:
    at = workers(num_steps=3)
    at.image_id = stored(at.store, noise(600))
    [child] = at.start()
    grant(child, resource.RLIMIT_FSIZE, 200_000)
    [unlucky] = at.queue()
    at.wait_for_end(unlucky)
    error = at.state(unlucky).error
    assert error is not None and (error.code, error.retryable) == ("storage_full", True)
    assert at.main_events(unlucky) == ["queued", *["started", "retrying"] * 2, "started", "failed"]
    queued, *_, failed = at.story(unlucky)
    assert failed.ts - queued.ts < 5
    assert results(tmp_path) == set() and files(tmp_path / ".unfinished") == []
    grant(child, resource.RLIMIT_FSIZE, NO_LIMIT)
    [lucky] = at.queue()
    at.wait_for_end(lucky)
    assert at.state(lucky).status == "succeeded" and child.is_running


def test_a_worker_killed_while_it_writes_the_result_leaves_no_half_picture(workers: Start, tmp_path: Path) -> None:
    at = workers(num_steps=3)
    at.image_id = stored(at.store, noise(3000))
    [child] = at.start()
    [edit_id] = at.queue()
    unfinished = tmp_path / ".unfinished"
    until(lambda: files(unfinished), "the result is being written", pause_s=0)
    child.kill()
    assert len(files(unfinished)) == 1, "it was quicker than the test"
    assert results(tmp_path) == set()
    at.start()
    at.wait_for_end(edit_id)
    assert at.main_events(edit_id) == ["queued", "started", "retrying", "started", "completed"]
    (kept,) = files(tmp_path / "results")
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == kept.stem


def test_a_client_that_goes_in_the_middle_of_an_upload_leaves_nothing(running: Service, api: httpx.Client) -> None:
    picture = noise(1500).encode(".png")  # more than is held in memory
    body = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n' + picture
    head = (
        "POST /v1/images HTTP/1.1\r\nHost: here\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(body) + 7}\r\n\r\n"
    )
    for sent in (len(body) // 2, len(body)):
        with socket.create_connection(("127.0.0.1", running.port)) as client:
            client.sendall(head.encode() + body[:sent])
        until(lambda: not files(running.folder.parent / "scratch"), "its temporary file is gone", timeout_s=5)
        assert files(running.folder / "blobs") == []
    assert api.get("/healthz").status_code == 200
    assert "Traceback" not in running.log
