"""`?choices=`: the picture with one chosen drawing of each word."""

import io
from dataclasses import dataclass

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.backend.service import Service, problem, send_edit, take_ticket
from tests.backend.words import PROFILE, TWO_WORDS, play_words, with_words
from worker.contract import EditOutcome
from worker.records import Records


@dataclass
class Played:
    edit_id: str
    outcome: EditOutcome

    @property
    def path(self) -> str:
        return f"/v1/edits/{self.edit_id}/result"


def play(api: httpx.Client, running: Service, records: Records, mode: str = "RGB", *, has_boxes: bool = True) -> Played:
    edit_id = send_edit(api, edits=TWO_WORDS, n=2)
    take_ticket(records)
    return Played(edit_id, play_words(records, running.store, edit_id, mode=mode, has_boxes=has_boxes))


def opened(response: httpx.Response) -> Image.Image:
    assert response.status_code in (200, 201), response.text
    return Image.open(io.BytesIO(response.content))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("has_boxes", [True, False])
def test_the_mixture_has_of_each_word_what_was_chosen(
    api: httpx.Client, running: Service, records: Records, mode: str, has_boxes: bool
) -> None:
    played = play(api, running, records, mode, has_boxes=has_boxes)
    image = opened(api.get(f"{played.path}?choices=1,3"))
    assert (image.format, image.mode, image.info["icc_profile"]) == ("PNG", mode, PROFILE)
    assert np.array_equal(np.array(image), with_words(mode, 60, 160))


def test_what_a_picture_shows_already_is_that_picture(api: httpx.Client, running: Service, records: Records) -> None:
    played = play(api, running, records)
    candidates = f"/v1/edits/{played.edit_id}/candidates"
    for choices, path in (
        ("0,2", played.path),
        ("1,2", f"{candidates}/1"),
        ("0,3", f"{candidates}/3"),
    ):
        mixture, stored = api.get(f"{played.path}?choices={choices}"), api.get(path)
        assert (mixture.content, mixture.headers["etag"]) == (stored.content, stored.headers["etag"])


def test_a_mixture_is_rendered_and_cached_as_any_picture(api: httpx.Client, running: Service, records: Records) -> None:
    played = play(api, running, records)
    mixture = f"{played.path}?choices=1,3"
    part = opened(api.get(f"{mixture}&box=20,60,30,10&format=webp&quality=100"))
    assert part.format == "WEBP" and np.array_equal(np.array(part), np.full((10, 30, 3), 160))
    etags = {api.get(url).headers["etag"] for url in (played.path, mixture, f"{mixture}&format=jpeg")}
    assert len(etags) == 3
    etag = api.get(mixture).headers["etag"]
    assert api.get(mixture, headers={"If-None-Match": etag}).status_code == 304
    api.delete(f"/v1/edits/{played.edit_id}")
    assert problem(api.get(mixture)) == (404, "edit_not_found")


def test_a_mixture_becomes_the_next_picture(api: httpx.Client, running: Service, records: Records) -> None:
    played = play(api, running, records, "RGBA")
    body = {"edit_id": played.edit_id, "choices": [1, 3]}
    response = api.post("/v1/images", json=body)
    assert response.status_code == 201, response.text
    info = response.json()
    assert (info["width"], info["height"], info["mode"]) == (200, 100, "RGBA")
    image = opened(api.get(response.headers["location"]))
    assert np.array_equal(np.array(image), with_words("RGBA", 60, 160)) and image.info["icc_profile"] == PROFILE
    assert api.post("/v1/images", json=body).json() == info
    best = api.post("/v1/images", json={"edit_id": played.edit_id, "choices": [0, 2]}).json()
    assert best["image_id"] == f"img_{played.outcome.image_sha256}"


@pytest.mark.parametrize(
    ("choices", "refusal"),
    [
        ("", (422, "invalid_request")),
        ("1", (422, "invalid_request")),
        ("1,2,3", (422, "invalid_request")),
        ("3,1", (422, "invalid_request")),
        ("1,x", (422, "invalid_request")),
        ("1,9", (404, "candidate_not_found")),
        ("1,4", (404, "candidate_not_found")),
    ],
)
def test_one_drawing_of_each_word_is_to_be_chosen(
    api: httpx.Client, running: Service, records: Records, choices: str, refusal: tuple[int, str]
) -> None:
    played = play(api, running, records)
    response = api.get(f"{played.path}?choices={choices}")
    assert problem(response) == refusal
    if refusal[0] == 422:
        assert response.json()["errors"][0]["pointer"] == "/choices"


def test_choices_are_for_the_result_alone(api: httpx.Client, running: Service, records: Records) -> None:
    played = play(api, running, records)
    candidate = f"/v1/edits/{played.edit_id}/candidates/1"
    assert problem(api.get(f"{candidate}?choices=1,3")) == (422, "invalid_request")
    body = {"edit_id": played.edit_id, "candidate": 1, "choices": [1, 3]}
    assert problem(api.post("/v1/images", json=body)) == (422, "invalid_request")
    assert problem(api.post("/v1/images", json={"edit_id": played.edit_id, "choices": [1]})) == (422, "invalid_request")
    queued = send_edit(api, edits=TWO_WORDS)
    assert problem(api.get(f"/v1/edits/{queued}/result?choices=0,1")) == (409, "result_not_ready")


def test_what_was_drawn_of_a_picture_that_is_gone_has_expired(
    api: httpx.Client, running: Service, records: Records
) -> None:
    played = play(api, running, records)
    lost = played.outcome.candidates[1].image_sha256
    running.store.delete(f"results/{lost[:2]}/{lost}.png" if lost else "")
    assert problem(api.get(f"{played.path}?choices=1,3")) == (410, "result_expired")
