"""Claims about generations as a worker makes them: a real pipeline of random weights, whose pictures show nothing, and
one that always makes the station sign, for the step from a line to the right word.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.errors import BadModelError
from models.generate.image_model import ImageModel
from models.pipeline import TextEditor
from tests.models.generate.conftest import tiny_pipeline
from tests.worker.drawing_helpers import QUICK, stored_picture
from tests.worker.edit_helpers import queue, results, workplace
from tests.worker.record_helpers import state, story
from worker import tasks
from worker.contract import GenerationRequest
from worker.fake import FakePainter
from worker.making import PictureMaker
from worker.painter import ModelPainter
from worker.photo import Photo
from worker.records import Records
from worker.storage import BlobStore, key_of

__all__ = ["tiny_pipeline"]
SIGN = Path(__file__).parents[2] / "examples" / "station_sign.jpg"
BOX = (40, 40, 170, 50)


class SignPipeline:
    """Takes its steps as diffusers' pipelines do, and makes the same picture whatever is asked for."""

    num_timesteps = 3

    def __call__(
        self,
        prompt: str,
        num_inference_steps: int = 3,
        callback_on_step_end: Callable[..., object] | None = None,
        generator: object = None,
        output_type: str = "np",
    ) -> SimpleNamespace:
        del prompt, num_inference_steps, generator, output_type
        for step in range(self.num_timesteps):
            if callback_on_step_end is not None:
                callback_on_step_end(self, step, 0, {})
        with Image.open(SIGN) as image:
            return SimpleNamespace(images=[np.array(image.convert("RGB")) / 255])


@pytest.fixture(scope="module")
def maker(tiny_pipeline: Path) -> PictureMaker:
    return PictureMaker.load(tiny_pipeline, device="cpu")


@pytest.fixture(scope="module")
def built_in() -> ModelPainter:
    return ModelPainter(TextEditor.load(), device="cpu")


def asked(**changes: Any) -> GenerationRequest:
    small = {"size_px": [256, 128], "num_inference_steps": 2}
    whole = {"prompt": 'A sign that says "OPEN"', "picture": small, "n": 1, "seed": 1, "options": QUICK, **changes}
    return GenerationRequest.model_validate(whole)


def equipped(
    records: Records, folder: Path, maker: PictureMaker | None, painter: ModelPainter | None = None
) -> tasks.Workplace:
    place = workplace(records, folder, painter)
    place.maker = maker
    tasks.equip(place)
    return place


def made_picture(store: BlobStore, image_id: str | None) -> np.ndarray:
    assert image_id is not None
    return Photo.open(store.get(key_of(image_id))).samples


def test_a_picture_is_made_and_its_text_written_in_the_box_and_nowhere_else(
    records: Records, store: BlobStore, tmp_path: Path, maker: PictureMaker, built_in: ModelPainter
) -> None:
    equipped(records, tmp_path, maker, built_in)
    edit_id = queue(records, asked(box_px=BOX, options={}))
    tasks.run_edit(edit_id)
    ended = state(records, edit_id)
    assert ended.status == "succeeded" and ended.result is not None and ended.request == asked(box_px=BOX, options={})
    outcome = ended.result
    assert outcome.verified and outcome.candidates[0].ocr_text == "OPEN" and outcome.changed_outside_mask_px == 0
    assert outcome.timings_s["making_picture"] > 0
    before, after = made_picture(store, outcome.image_id), stored_picture(store, outcome.image_sha256)
    assert before.shape == after.shape == (128, 256, 3)
    (x, y, width, height) = outcome.boxes_px[0]
    changed = (before != after).any(axis=2)
    assert changed.any() and not np.delete(np.delete(changed, range(y, y + height), 0), range(x, x + width), 1).any()
    changed[y : y + height, x : x + width] = False
    assert not changed.any()
    info = records.get_image(str(outcome.image_id))
    assert info is not None and (info.width, info.height, info.mode) == (256, 128, "RGB")


def test_the_steps_of_the_picture_are_told_before_those_of_the_texts(
    records: Records, tmp_path: Path, maker: PictureMaker
) -> None:
    equipped(records, tmp_path, maker)
    edit_id = queue(records, asked(box_px=BOX))
    tasks.run_edit(edit_id)
    events = [event.event() for event in records.events(edit_id)]
    stages = [event.name for event in events if event.type == "stage"]
    assert stages == ["making_picture", "searching_noise", "drawing", "blending", "checking"]
    making = [event for event in events if event.type == "progress" and event.candidate is None]
    assert (making[-1].step, making[-1].total) == (2, 2)
    drawing = events.index(next(event for event in events if event.type == "stage" and event.name == "drawing"))
    assert max(map(events.index, making)) < drawing


def test_each_text_goes_over_the_line_that_suits_it_best(
    records: Records, store: BlobStore, tmp_path: Path, built_in: ModelPainter
) -> None:
    equipped(records, tmp_path, PictureMaker(ImageModel(SignPipeline(), "sign")), built_in)
    edit_id = queue(records, asked(texts=["Platform 7", "ASHFIELD"], picture={}, options={}))
    tasks.run_edit(edit_id)
    outcome = state(records, edit_id).result
    assert outcome is not None and outcome.verified
    written = stored_picture(store, outcome.image_sha256)
    assert {word.text for word in built_in.find(written)} == {"ASHFIELD", "Platform 7"}
    assert [event.event().name for event in records.events(edit_id) if event.type == "stage"][:2] == [
        "making_picture", "detecting",
    ]  # fmt: skip


def test_where_no_line_is_found_the_failure_names_the_plain_picture(
    records: Records, store: BlobStore, tmp_path: Path, maker: PictureMaker
) -> None:
    equipped(records, tmp_path, maker)
    edit_id = queue(records, asked())
    tasks.run_edit(edit_id)
    error = state(records, edit_id).error
    assert error is not None and (error.code, error.retryable) == ("no_place", False)
    assert "say where to write by box_px" in error.message
    assert made_picture(store, error.image_id).shape == (128, 256, 3)
    assert records.get_image(str(error.image_id)) is not None
    told = records.events(edit_id)[-1].event()
    assert told.type == "failed" and told.image_id == error.image_id


@pytest.mark.parametrize(
    ("changes", "code", "is_made"),
    [
        ({"texts": ["東"]}, "bad_text", False),
        ({"texts": ["A" * 25], "box_px": BOX}, "bad_text", False),
        ({"box_px": (1, 1, 40, 4)}, "bad_target", True),
        ({"picture": {"num_inference_steps": 1}, "box_px": BOX}, "bad_target", True),  # its own size is smaller
    ],
)
def test_what_cannot_be_written_fails_before_the_picture_is_made_where_that_is_known(
    records: Records, tmp_path: Path, maker: PictureMaker, built_in: ModelPainter,
    changes: dict[str, Any], code: str, is_made: bool,
) -> None:  # fmt: skip
    equipped(records, tmp_path, maker, built_in)
    edit_id = queue(records, asked(**changes))
    tasks.run_edit(edit_id)
    error = state(records, edit_id).error
    assert error is not None and error.code == code and (error.image_id is not None) == is_made
    assert any(event.type == "progress" for event in records.events(edit_id)) == is_made


def test_what_the_model_cannot_be_told_fails_with_a_code(records: Records, tmp_path: Path) -> None:
    equipped(records, tmp_path, PictureMaker(ImageModel(SignPipeline(), "sign")))
    edit_id = queue(records, asked(picture={"guidance_scale": 3.0}))
    tasks.run_edit(edit_id)
    error = state(records, edit_id).error
    assert error is not None and error.code == "bad_model" and "can't be told its guidance_scale" in error.message


def test_a_worker_without_an_image_model_says_so(records: Records, tmp_path: Path) -> None:
    equipped(records, tmp_path, None)
    edit_id = queue(records, asked())
    tasks.run_edit(edit_id)
    error = state(records, edit_id).error
    assert error is not None and (error.code, error.retryable, error.image_id) == ("no_image_model", True, None)


def test_a_cancel_while_the_picture_is_drawn_on_takes_it_away(
    records: Records, tmp_path: Path, maker: PictureMaker
) -> None:
    class LateStore(BlobStore):
        def put(self, data: bytes, key: str) -> None:
            super().put(data, key)
            if key.startswith("images/"):
                records.cancel(edit_id)

    place = equipped(records, tmp_path, maker)
    place.store = LateStore(str(tmp_path))
    place.painter = FakePainter(50, step_ms=20)
    edit_id = queue(records, asked(box_px=BOX))
    tasks.run_edit(edit_id)
    assert story(records, edit_id)[-1] == "canceled"
    assert results(tmp_path) == set() and not [path for path in (tmp_path / "images").rglob("*") if path.is_file()]


def test_the_same_seed_makes_the_same_picture_and_another_another(
    records: Records, tmp_path: Path, maker: PictureMaker
) -> None:
    equipped(records, tmp_path, maker)
    ids = [queue(records, asked(box_px=BOX, seed=seed)) for seed in (1, 1, 2)]
    for edit_id in ids:
        tasks.run_edit(edit_id)
    first, second, other = (state(records, edit_id).result for edit_id in ids)
    assert first is not None and second is not None and other is not None
    assert (first.image_id, first.image_sha256) == (second.image_id, second.image_sha256)
    assert other.image_id != first.image_id
    png = BlobStore(str(tmp_path)).get(key_of(str(first.image_id)))
    assert f"img_{hashlib.sha256(png).hexdigest()}" == first.image_id


def test_a_pipeline_that_could_not_be_stopped_is_not_served() -> None:
    class Silent:
        def __call__(self, prompt: str) -> SimpleNamespace:
            return SignPipeline()(prompt)

    with pytest.raises(BadModelError, match="silent tells of no steps"):
        PictureMaker(ImageModel(Silent(), "silent"))
