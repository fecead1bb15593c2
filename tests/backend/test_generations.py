"""Generations over HTTP: the real API, a real worker process where one is needed, a real pipeline of random weights."""

import io
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.backend.service import PATIENCE_S, Service, play_edit, problem, take_ticket
from tests.faults.workers import Workers
from tests.models.generate.conftest import tiny_pipeline
from worker.contract import EditAccepted, EditState
from worker.records import Records

__all__ = ["tiny_pipeline"]
SECRET = "Wanderfalke"  # of the prompt: it is the user's
SMALL = {"size_px": [256, 128], "num_inference_steps": 2}
BOX = [40, 40, 170, 50]


def body(**changes: Any) -> dict[str, Any]:
    """Longer than the pipeline's encoder reads: diffusers would like to tell what it leaves out."""
    prompt = f'A sign that says "OPEN" and nothing else, {"a bird above it, " * 5} {SECRET}'
    return {"prompt": prompt, "picture": SMALL, "n": 1, "seed": 1, **changes}


def announce(records: Records, image_model: str | None) -> None:
    """A live worker, as its heartbeat tells of it."""
    facts = {"name": "fake", "charset": "ABC", "max_chars": 24, "min_char_height_px": 8.0, "image_model": image_model}
    name = f"rq:worker:{image_model}"
    records.redis.sadd("rq:workers", name)
    records.redis.hset(name, "model", json.dumps(facts))


@pytest.fixture
def workers(records: Records, redis_url: str, running: Service, tiny_pipeline: Path) -> Any:
    """One process, which shares the API's folder."""
    at = Workers(records, redis_url, running.folder / "blobs", num_steps=2, step_ms=5, image_model=tiny_pipeline)
    at.start()
    yield at
    at.kill()


def ended(api: httpx.Client, **changes: Any) -> EditState:
    response = api.post("/v1/generations", json=body(**changes), headers={"Prefer": f"wait={PATIENCE_S:g}"})
    assert response.status_code == 200, response.text
    return EditState.model_validate_json(response.content)


def pixels(api: httpx.Client, path: str) -> np.ndarray:
    with Image.open(io.BytesIO(api.get(path).raise_for_status().content)) as image:
        return np.array(image)


@pytest.mark.slow
def test_a_generation_goes_from_prompt_to_pictures_and_leaves_nothing_when_deleted(
    api: httpx.Client, workers: Workers, running: Service
) -> None:
    assert [model["image_model"] for model in api.get("/v1/models").json()["models"]] == ["tiny"]
    state = ended(api, box_px=BOX)
    assert state.status == "succeeded" and state.result is not None and state.result.changed_outside_mask_px == 0
    made = f"/v1/images/{state.result.image_id}"
    assert pixels(api, made).shape == pixels(api, state.links.result).shape == (128, 256, 3)

    target = {"quad_px": [[40, 40], [210, 40], [210, 90], [40, 90]]}
    again = {"image_id": state.result.image_id, "edits": [{"target": target, "text": "SHUT"}], "seed": 1}
    edited = api.post("/v1/edits", json=again, headers={"Prefer": f"wait={PATIENCE_S:g}"}).json()
    assert edited["status"] == "succeeded" and api.delete(edited["links"]["self"]).status_code == 204

    assert api.delete(state.links.self).status_code == 204
    assert problem(api.get(made)) == (404, "image_not_found")
    assert problem(api.get(state.links.self)) == (404, "edit_not_found")
    for log in (running.log, "\n".join(workers.lines)):
        assert SECRET not in log and "OPEN" not in log


@pytest.mark.slow
def test_where_no_line_is_found_the_plain_picture_can_be_edited_by_a_box(api: httpx.Client, workers: Workers) -> None:
    del workers
    error = ended(api).error
    assert error is not None and error.code == "no_place"
    assert pixels(api, f"/v1/images/{error.image_id}").shape == (128, 256, 3)
    assert ended(api, box_px=BOX).result is not None


def test_it_is_taken_on_as_an_edit_is(api: httpx.Client, records: Records, running: Service) -> None:
    announce(records, "tiny")
    headers = {"Idempotency-Key": "g1"}
    response = api.post("/v1/generations", json=body(seed=None, client_ref="mine"), headers=headers)
    accepted = EditAccepted.model_validate_json(response.content)
    assert response.status_code == 202 and response.headers["location"] == f"/v1/edits/{accepted.edit_id}"
    state = EditState.model_validate_json(api.get(accepted.links.self).content)
    assert state.status == "queued" and state.request.client_ref == "mine" and state.request.seed is not None
    assert state.request.model_dump()["texts"] == ("OPEN",)

    repeated = api.post("/v1/generations", json=body(seed=None, client_ref="mine"), headers=headers)
    assert repeated.json() == response.json() and repeated.headers["idempotent-replayed"] == "true"
    assert problem(api.post("/v1/generations", json=body(seed=2), headers=headers)) == (422, "idempotency_conflict")

    assert take_ticket(records) == accepted.edit_id
    picture = play_edit(records, running.store, accepted.edit_id)
    assert api.get(accepted.links.result).content == picture


def test_a_dry_run_checks_and_queues_nothing(api: httpx.Client, records: Records) -> None:
    announce(records, "tiny")
    response = api.post("/v1/generations", json=body(dry_run=True))
    assert response.status_code == 200 and response.json()["request"]["texts"] == ["OPEN"]
    assert records.queue().queued == 0


def test_without_an_image_model_it_is_refused_and_says_what_would_help(api: httpx.Client, records: Records) -> None:
    for image_model in (None, "tiny"):
        response = api.post("/v1/generations", json=body())
        assert problem(response) == (503, "no_image_model") and response.headers["retry-after"] == "10"
        assert "RESPELL_IMAGE_MODEL" in response.json()["detail"]
        announce(records, image_model)
    assert api.post("/v1/generations", json=body()).status_code == 202  # one of the two has one
    assert [model["image_model"] for model in api.get("/v1/models").json()["models"]] == ["tiny"]


@pytest.mark.parametrize(
    ("changes", "pointer", "reason"),
    [
        ({"prompt": "  "}, "/prompt", "the prompt is blank"),
        ({"prompt": ""}, "/prompt", "at least 1 character"),
        ({"prompt": "x" * 2001}, "/prompt", "at most 2000 characters"),
        ({"prompt": "A \ud800"}, "/prompt", "unable to parse raw data as a unicode string"),
        ({"prompt": "A sign"}, "/texts", "the prompt quotes no text"),
        ({"texts": [""]}, "/texts/0", "at least 1 character"),
        ({"texts": [" "]}, "/texts/0", "only spaces can't be written"),
        ({"texts": ["A"] * 17}, "/texts", "at most 16 items"),
        ({"picture": {"size_px": [100, 128]}}, "/picture/size_px/0", "multiple of 8"),
        ({"picture": {"size_px": [4096, 64]}}, "/picture/size_px/0", "less than or equal to 2048"),
        ({"picture": {"size_px": [2048, 2048]}}, "/picture/size_px", "at most 2,097,152"),
        ({"picture": {"num_inference_steps": 0}}, "/picture/num_inference_steps", "greater than or equal to 1"),
        ({"picture": {"steps": 3}}, "/picture/steps", "unknown field"),
        ({"box_px": [200, 40, 100, 50]}, "/box_px", "reaches outside the picture of 256 × 128 px"),
        ({"box_px": BOX, "texts": ["A", "B"]}, "/box_px", "is for one text, got 2"),
        ({"image_id": "img_" + "0a" * 32}, "/image_id", "unknown field"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(
    api: httpx.Client, records: Records, changes: dict[str, Any], pointer: str, reason: str
) -> None:
    announce(records, "tiny")
    response = api.post(
        "/v1/generations", content=json.dumps(body(**changes)), headers={"Content-Type": "application/json"}
    )
    assert problem(response) == (422, "invalid_request")
    [error] = response.json()["errors"]
    assert error["pointer"] == pointer and reason in error["detail"]
    assert SECRET not in response.text


def test_a_body_that_is_too_large_is_not_read(api: httpx.Client) -> None:
    assert problem(api.post("/v1/generations", json=body(prompt="x" * 70_000))) == (413, "upload_too_large")
