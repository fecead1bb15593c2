"""A real API process for tests, and the worker's part played by hand."""

import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

from worker.contract import CandidateMaps, CandidateState, EditOutcome, ProgressUpdate, Region, StageUpdate
from worker.queueing import intermediate_key, queue_key
from worker.records import Attempt, Records
from worker.storage import BlobStore, content_key

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
QUAD = [[10, 10], [100, 10], [100, 50], [10, 50]]
REGION = Region(
    region_id="r0", quad_px=((1, 1), (9, 1), (9, 9), (1, 9)), text="TAXI", confidence=0.5, char_height_px=8.0
)


@dataclass(frozen=True)
class Service:
    """One process, where it answers, and what it wrote."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def store(self) -> BlobStore:
        return BlobStore(str(self.folder / "blobs"))

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()


@contextmanager
def service(folder: Path, redis_url: str, environ: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Answers when it is given, and is gone afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "REDIS_URL": redis_url,
        "RESPELL_STORAGE": str(folder / "blobs"),
        "PYTHONPATH": str(ROOT),
        **(environ or {}),
    }
    with (folder / "log").open("ab") as log:
        command = [sys.executable, "-m", "backend.server", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    running = Service(process, port, folder)
    try:
        until(lambda: _answers(running), f"the API answers: {running.log}")
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE_S)
        finally:
            process.kill()


def _answers(running: Service) -> bool:
    assert running.process.poll() is None, running.log
    try:
        return httpx.get(f"{running.url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def until(condition: Any, what: str, timeout_s: float = PATIENCE_S) -> None:
    """→ as soon as it holds; fails when it takes too long."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        time.sleep(0.02)


def jpeg(width: int = 200, height: int = 100, *, seed: int = 0) -> bytes:
    small = np.random.default_rng(seed).integers(0, 256, (4, 5, 3)).astype(np.uint8)
    return saved(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC), "JPEG")


def saved(image: Image.Image, file_format: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format)
    return buffer.getvalue()


def problem(response: httpx.Response) -> tuple[int, str]:
    """(status, code) of a refusal, which every refusal has in one shape."""
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def send_image(api: httpx.Client, data: bytes | None = None) -> str:
    response = api.post("/v1/images", files={"image": data or jpeg()})
    assert response.status_code == 201, response.text
    return str(response.json()["image_id"])


def edit_body(image_id: str, **changes: Any) -> dict[str, Any]:
    return {"image_id": image_id, "edits": [{"target": {"quad_px": deepcopy(QUAD)}, "text": "TAXI"}], **changes}


def send_edit(api: httpx.Client, **changes: Any) -> str:
    response = api.post("/v1/edits", json=edit_body(send_image(api), **changes))
    assert response.status_code == 202, response.text
    return str(response.json()["edit_id"])


def take_ticket(records: Records) -> str | None:
    """The first ticket of the queue, as a worker takes it."""
    taken = records.redis.lmove(queue_key("interactive"), intermediate_key("interactive"))
    return taken.decode() if isinstance(taken, bytes) else None


def begin(records: Records, edit_id: str) -> Attempt:
    attempt = records.begin(edit_id, worker="w1", device="cpu")
    assert attempt is not None
    return attempt


def emit_steps(records: Records, attempt: Attempt, num_steps: int, *, pause_s: float = 0.0) -> None:
    for step in range(num_steps):
        records.emit(attempt.edit_id, attempt.token, ProgressUpdate(candidate=0, step=step + 1, total=num_steps))
        time.sleep(pause_s)


def stored_maps(store: BlobStore) -> CandidateMaps:
    """A map of 16 × 8 for each letter of TAXI, over `QUAD`."""
    heat = np.random.default_rng(0).integers(0, 256, (4 * 8, 16)).astype(np.uint8)
    sheet = saved(Image.fromarray(heat), "PNG")
    key = content_key("results", sheet, ".png")
    store.put(sheet, key)
    characters = [{"character": one, "peak": 0.75} for one in "TAXI"]
    facts = {"sha256": Path(key).stem, "width": 16, "height": 8, "quad_px": QUAD, "characters": characters}
    return CandidateMaps.model_validate(facts)


def complete(records: Records, store: BlobStore, attempt: Attempt, picture: bytes) -> EditOutcome:
    """Stores a PNG as the result, and commits it."""
    key = content_key("results", picture, ".png")
    store.put(picture, key)
    sha256 = Path(key).stem
    candidate = CandidateState(
        index=0, ocr_text="TAXI", score=1.0, verified=True, char_errors=0, seed=7, image_sha256=sha256
    ).model_copy(update={"maps": stored_maps(store)})
    unkept = candidate.model_copy(update={"index": 1, "image_sha256": None, "maps": None})
    outcome = EditOutcome(
        best=0,
        image_sha256=sha256,
        content_type="image/png",
        changed_outside_mask_px=0,
        verified=True,
        candidates=(candidate, unkept),
        model="played",
        seed=7,
    )
    assert records.complete(attempt.edit_id, attempt.token, outcome) == "succeeded"
    return outcome


@contextmanager
def in_background(work: Any) -> Iterator[None]:
    """Runs it in a thread; what it raises is raised at the end."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join(PATIENCE_S)
    assert not raised, raised
    assert not thread.is_alive()


def play_edit(records: Records, store: BlobStore, edit_id: str, *, num_steps: int = 5, pause_s: float = 0.0) -> bytes:
    """What a worker does to an edit, from begin to commit → the picture."""
    attempt = begin(records, edit_id)
    records.emit(edit_id, attempt.token, StageUpdate(name="drawing"))
    emit_steps(records, attempt, num_steps, pause_s=pause_s)
    picture = saved(Image.new("RGB", (200, 100), "red"), "PNG")
    complete(records, store, attempt, picture)
    return picture
