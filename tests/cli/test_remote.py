"""`respell edit --server` against a real API process; the test plays the worker."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cli.redis_server import RedisServer
from cli.remote import KEY_VARIABLE, ServerProgress
from tests.backend.service import REGION, Service, begin, in_background, play_edit, service, take_ticket, until
from tests.cli.conftest import WORD_QUAD, Finished, Respell, files_under
from worker.contract import (
    DetectResult,
    EditRequest,
    EditState,
    Failure,
    ProgressEvent,
    QueuedEvent,
    RetryingEvent,
    StageEvent,
)
from worker.contract.events import StageName
from worker.records import Records, worker_redis

API_KEY = "key-of-the-command-line-0123456789"
HERE = ("--quad", WORD_QUAD)


@pytest.fixture(scope="module")
def api_process(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(tmp_path_factory.mktemp("api"), redis_server.url, {"RESPELL_API_KEYS": API_KEY}) as running:
        yield running


@pytest.fixture
def running(api_process: Service, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Service:
    """With an empty Redis."""
    del redis_url
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    return api_process


@pytest.fixture
def records(redis_url: str) -> Iterator[Records]:
    """The worker's side."""
    with worker_redis(redis_url) as redis:
        yield Records(redis)


def next_ticket(records: Records) -> str:
    tickets: list[str] = []
    until(lambda: tickets or tickets.extend(filter(None, [take_ticket(records)])), "something is queued")
    return tickets[0]


def edited(
    respell: Respell, running: Service, records: Records, photo: Path, out: Path, *options: object
) -> tuple[Finished, EditRequest]:
    """The command, and the request that reached the worker, which succeeds."""
    requests: list[EditRequest] = []

    def work() -> None:
        edit_id = next_ticket(records)
        state = records.get(edit_id)
        assert state is not None
        requests.append(state.request)
        play_edit(records, running.store, edit_id)

    with in_background(work):
        finished = respell("edit", photo, "--text", "TAXI", "--out", out, "--server", running.url, *options)
    return finished, requests[0]


def test_the_server_draws_and_the_last_line_is_the_same(
    respell: Respell, running: Service, records: Records, photo: Path
) -> None:
    out, report = photo.with_name("out.png"), photo.with_name("report.json")
    finished, request = edited(respell, running, records, photo, out, "--find", "EXIT#2", "--report", report)
    assert finished.status == 0, finished.err
    assert finished.out == f"✓ TAXI, read back right, 0 pixels changed outside the mask → {out}\n"
    assert finished.err == ""
    with Image.open(out) as picture:
        assert picture.format == "PNG"
    state = EditState.model_validate_json(report.read_text())
    assert state.status == "succeeded" and state.request == request
    assert request.edits[0].model_dump(mode="json")["target"] == {"find": {"text": "EXIT", "occurrence": 2}}
    assert (request.n, request.seed, request.verify, request.output.format) == (4, 0, True, "png")
    assert set(request.options.model_dump(exclude_defaults=True)) == set()
    assert sorted(path.name for path in photo.parent.iterdir()) == ["out.png", "photo.png", "report.json"]


def test_every_option_reaches_the_server(respell: Respell, running: Service, records: Records, photo: Path) -> None:
    out = photo.with_name("out.jpg")
    finished, request = edited(
        respell, running, records, photo, out,
        "--box", "40,40,160,50", "--style-quad", WORD_QUAD, "--candidates", 2, "--seed", 7, "--steps", 3,
        "--guidance", 2, "--search-candidates", 1, "--no-refine", "--feather", 6, "--no-verify", "--fallback", "none",
    )  # fmt: skip
    assert finished.status == 0, finished.err
    corners = ((40.0, 40.0), (200.0, 40.0), (200.0, 90.0), (40.0, 90.0))
    item = request.edits[0].model_dump()
    assert item == {
        "target": {"quad_px": corners},
        "text": "TAXI",
        "old_text": None,
        "style_from": {"quad_px": corners},
    }
    assert (request.n, request.seed, request.verify, request.output.format) == (2, 7, False, "jpeg")
    assert request.options.model_dump(exclude_defaults=True) == {
        "num_inference_steps": 3,
        "guidance_scale": 2.0,
        "search_candidates": 1,
        "refine": False,
        "feather_px": 6.0,
        "fallback": "none",
    }


def test_a_mask_and_a_tiff_go_through_the_server(
    respell: Respell, running: Service, records: Records, photo: Path
) -> None:
    mask, out = photo.with_name("mask.png"), photo.with_name("out.tiff")
    Image.new("L", (320, 200), 255).save(mask)
    finished, request = edited(respell, running, records, photo, out, "--mask", mask)
    assert finished.status == 0, finished.err
    assert "mask_id" in request.edits[0].target.model_dump() and request.output.format == "png"
    with Image.open(out) as picture:
        assert picture.format == "TIFF"


def test_maps_come_from_the_server(respell: Respell, running: Service, records: Records, photo: Path) -> None:
    maps = photo.parent / "maps"
    finished, _ = edited(respell, running, records, photo, photo.with_name("out.png"), *HERE, "--maps", maps)
    assert finished.status == 0 and finished.err == ""
    names = [path.name for path in files_under(maps)]
    assert names == ["01-T.png", "02-A.png", "03-X.png", "04-I.png", "contact-sheet.png", "segments.png"]


@pytest.mark.parametrize("is_detected", [True, False])
def test_a_text_that_is_not_there_ends_with_3_and_the_texts_that_are(
    respell: Respell, running: Service, records: Records, photo: Path, is_detected: bool
) -> None:
    def work() -> None:
        edit_id = next_ticket(records)
        attempt = begin(records, edit_id)
        image_id = attempt.request.image_id
        records.fail(edit_id, attempt.token, Failure(code="text_not_found", message="no text 'OPNE' in the picture"))
        assert next_ticket(records) == f"detect_{image_id}"
        if is_detected:
            records.save_regions(image_id, DetectResult(image_id=image_id, regions=(REGION,)))
        else:
            records.fail_detect(image_id, Failure(code="internal_error", message="the worker failed"))

    out = photo.with_name("out.png")
    with in_background(work):
        finished = respell("edit", photo, "--find", "OPNE", "--text", "TAXI", "--out", out, "--server", running.url)
    assert finished.status == 3 and finished.out == "" and not out.exists()
    assert finished.err == "error: no text 'OPNE' in the picture\n" + ("  TAXI\n" if is_detected else "")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ((*HERE, "--model", "respell-base"), "--model can't be chosen with --server"),
        ((*HERE, "--candidates", 9), "--candidates: Input should be less than or equal to 8"),
        ((*HERE, "--steps", 201), "--steps: Input should be less than or equal to 200"),
        ((*HERE, "--seed", 2**32), "--seed: Input should be less than or equal to 4294967295"),
        ((*HERE, "--text", "  "), "--text: only spaces can't be written"),
        (("--box", "300,150,100,100"), "the place: reaches outside the picture of 320 × 200 px"),
        ((*HERE, "--style-quad", "0,0 999,0 999,99 0,99"), "--style-quad: reaches outside the picture"),
        (("--quad", "nan,40 200,40 200,90 40,90"), "the place: Input should be a finite number"),
        (("--find", "EXIT#0"), "occurrences count from 1"),
        (("--mask", "no-mask.png"), "the mask can't be read: can't read no-mask.png: No such file"),
        (("--mask", "small.png"), "the mask has 32 × 20 px, the picture 320 × 200"),
        ((*HERE, "--out", "out.gif"), "can't write '.gif', only .png, .jpg, .jpeg, .webp, .tif, .tiff"),
        ((*HERE, "--out", "photo.png"), "is the photo itself"),
        ((), "one of --find, --quad, --box, --mask says where to write, got none"),
    ],
)  # fmt: skip
def test_what_the_server_cannot_do_is_refused_in_one_line_and_nothing_is_written(
    respell: Respell,
    running: Service,
    photo: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[object, ...],
    reason: str,
) -> None:
    monkeypatch.chdir(photo.parent)
    Image.new("L", (32, 20), 255).save("small.png")
    before = files_under(photo.parent)
    finished = respell("edit", photo, "--text", "TAXI", "--out", "out.png", "--server", running.url, *options)
    assert (finished.status, finished.out) == (2, "")
    assert finished.err.startswith("error: ") and finished.err.count("\n") == 1
    assert reason in finished.err
    assert files_under(photo.parent) == before


def test_a_photo_that_is_none_is_refused_in_the_servers_words(respell: Respell, running: Service, photo: Path) -> None:
    photo.write_bytes(b"no picture at all, but long enough")
    out = photo.with_name("out.png")
    finished = respell("edit", photo, *HERE, "--text", "TAXI", "--out", out, "--server", running.url)
    assert (finished.status, finished.err.count("\n")) == (2, 1)
    assert "PNG, JPEG" in finished.err
    photo.unlink()
    finished = respell("edit", photo, *HERE, "--text", "TAXI", "--out", out, "--server", running.url)
    assert finished.err == f"error: can't read {photo}: No such file or directory\n"


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        ("http://127.0.0.1:9", "can't reach http://127.0.0.1:9: "),
        ("127.0.0.1:8000", "wanted the URL of a service such as http://127.0.0.1:8000, got '127.0.0.1:8000'"),
    ],
)
def test_a_server_that_is_not_there_is_refused_in_one_line(
    respell: Respell, photo: Path, server: str, reason: str
) -> None:
    out = photo.with_name("out.png")
    finished = respell("edit", photo, *HERE, "--text", "TAXI", "--out", out, "--server", server)
    assert finished.status == 2 and finished.err.startswith(f"error: {reason}") and finished.err.count("\n") == 1


def test_the_key_comes_from_the_environment(
    respell: Respell, running: Service, records: Records, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = photo.with_name("out.png")
    monkeypatch.setenv(KEY_VARIABLE, "another-key-0123456789")
    finished = respell("edit", photo, *HERE, "--text", "TAXI", "--out", out, "--server", running.url)
    assert (finished.status, finished.err) == (2, "error: the API key isn't known\n")
    monkeypatch.setenv(KEY_VARIABLE, API_KEY)
    finished, _ = edited(respell, running, records, photo, out, *HERE)
    assert finished.status == 0, finished.err


def test_a_server_needs_neither_torch_nor_models_here(running: Service, records: Records, photo: Path) -> None:
    arguments = [photo, *HERE, "--text", "TAXI", "--out", photo.with_name("out.png"), "--server", running.url]
    code = f"import sys; from cli.main import run; run({['edit', *map(str, arguments)]}); print(*sys.modules)"
    with in_background(lambda: play_edit(records, running.store, next_ticket(records))):
        finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    first, loaded = finished.stdout.splitlines()
    assert first.startswith("✓ TAXI")
    heavy = {"torch", "diffusers", "cv2", "numpy", "PIL", "rapidocr", "redis", "fastapi", "backend", "models.pipeline"}
    assert "respell.client" in loaded.split() and not heavy & set(loaded.split())


FRAME: dict[str, Any] = {"edit_id": "edit_" + "0" * 32, "seq": 1, "ts": 0.5}
STAGES: dict[StageName, str] = {
    "loading_model": "loading the model",
    "making_picture": "making the picture",
    "detecting": "looking for the text",
    "searching_noise": "searching the noise",
    "drawing": "drawing",
    "blending": "blending",
    "checking": "reading back",
}


def test_the_bar_follows_the_events() -> None:
    with ServerProgress() as progress:
        progress.show_event(QueuedEvent(**FRAME, position=3))
        assert progress.description == "queued, number 3"
        for name, description in STAGES.items():
            progress.show_event(StageEvent(**FRAME, name=name))
            assert progress.description == description
        progress.show_event(ProgressEvent(**FRAME, candidate=1, step=2, total=8))
        assert progress.description == "drawing candidate 2"
        progress.show_event(ProgressEvent(**FRAME, candidate=None, step=2, total=8))
        assert progress.description == "making the picture"
        progress.show_event(RetryingEvent(**FRAME, attempt=2, reason="worker_lost"))
        assert progress.description == "the worker was lost, waiting for another"
