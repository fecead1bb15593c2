import base64
import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from models.errors import BadTargetError, BadTextError, ModelsError
from tests.worker.drawing_helpers import BOTH, EXIT, QUICK, drawing, picture, quick
from tests.worker.edit_helpers import QUAD, photo_with_words, results, small_photo, stored, stored_mask
from worker.contract import DetectResult, EditOutcome, EditRequest, ProgressUpdate, Region, Update
from worker.drawing import EditDrawing
from worker.errors import (
    BadMaskFileError,
    BadOutputError,
    EditorError,
    ImageNotFoundError,
    MaskNotFoundError,
    RegionNotFoundError,
)
from worker.painter import ModelPainter
from worker.photo import Photo
from worker.reporting import Reporter
from worker.storage import BlobStore


def test_only_what_the_mask_allows_changes(
    painter: ModelPainter, store: BlobStore, image_id: str, tmp_path: Path
) -> None:
    mask = np.zeros((200, 320), bool)
    mask[36:94, 36:204] = True
    mask[60:70, 100:120] = False
    item = {"target": {"mask_id": stored_mask(store, mask)}, "text": "TAXI"}
    outcome = drawing(quick(image_id, item), painter, store).run()
    changed = (picture(tmp_path, outcome.image_sha256) != photo_with_words().samples).any(axis=2)
    assert changed.any() and not (changed & ~mask).any()
    assert outcome.changed_outside_mask_px == 0 and outcome.model == "tiny" and outcome.content_type == "image/png"


def test_a_candidate_has_the_same_picture_however_many_are_drawn(
    painter: ModelPainter, store: BlobStore, image_id: str
) -> None:
    told: list[Update] = []
    outcome = drawing(quick(image_id, n=2), painter, store, told=told).run()
    alone = drawing(quick(image_id), painter, store).run()
    more = drawing(quick(image_id, n=3), painter, store).run()
    pictures = [candidate.image_sha256 for candidate in outcome.candidates]
    assert pictures[:1] == [alone.image_sha256]
    assert pictures == [candidate.image_sha256 for candidate in more.candidates][:2]
    assert [candidate.seed for candidate in outcome.candidates] == [1, 2]
    best = next(candidate for candidate in outcome.candidates if candidate.index == outcome.best)
    assert best.image_sha256 == outcome.image_sha256
    assert [update.index for update in told if update.type == "candidate"] == [0, 1]


def test_previews_show_the_drawing_and_candidates_are_told_as_they_come(
    painter: ModelPainter, store: BlobStore, image_id: str
) -> None:
    told: list[Update] = []
    options = {**QUICK, "num_inference_steps": 3, "previews": True}
    request = quick(image_id, n=2, options=options)
    reporter = Reporter(told.append, lambda _: None, num_items=1, num_candidates=2, previews=True)
    EditDrawing(request, painter=painter, store=store, detected=lambda: None, reporter=reporter).run()
    shown = [update for update in told if isinstance(update, ProgressUpdate) and update.preview]
    strip = cv2.imdecode(np.frombuffer(base64.b64decode(shown[0].preview or ""), np.uint8), cv2.IMREAD_COLOR)
    quads = {update.preview_quad_px for update in shown}
    assert len(quads) == 1 and None not in quads  # where the text stands, also if the place was marked loosely
    assert strip.shape[1] >= 2 * strip.shape[0]
    kinds = [update.type for update in told if update.type != "progress"]
    assert kinds == (["stage"] * 4 + ["candidate"]) * 2


def test_pictures_are_kept_of_as_many_candidates_as_were_asked_for(
    painter: ModelPainter, store: BlobStore, image_id: str, tmp_path: Path
) -> None:
    options = {**QUICK, "max_attempts": 2, "fallback": "typeset"}
    outcome = drawing(quick(image_id, verify=True, options=options), painter, store).run()
    assert [candidate.kind for candidate in outcome.candidates] == ["model", "model", "typeset"]
    assert outcome.verified and outcome.best == 2
    kept = [candidate.image_sha256 for candidate in outcome.candidates if candidate.image_sha256 is not None]
    assert kept == [outcome.image_sha256] and results(tmp_path) == set(kept)


def test_the_words_of_a_request_are_written_one_after_another(
    painter: ModelPainter, store: BlobStore, image_id: str, tmp_path: Path
) -> None:
    outcome = drawing(quick(image_id, *BOTH, n=2), painter, store).run()
    assert [(candidate.index, candidate.item) for candidate in outcome.candidates] == [(0, 0), (1, 0), (2, 1), (3, 1)]
    assert outcome.best in (2, 3)
    first = drawing(quick(image_id, EXIT, n=2), painter, store).run()
    after_first, after_both = picture(tmp_path, first.image_sha256), picture(tmp_path, outcome.image_sha256)
    rows = np.flatnonzero((after_first != after_both).any(axis=(1, 2)))
    assert rows.min() > 110 and (after_first[:110] != photo_with_words().samples[:110]).any()


def changed_rows(folder: Path, outcome: EditOutcome) -> tuple[int, int]:
    rows = np.flatnonzero((picture(folder, outcome.image_sha256) != photo_with_words().samples).any(axis=(1, 2)))
    return int(rows.min()), int(rows.max())


def test_a_word_is_found_by_what_it_says(
    painter: ModelPainter, store: BlobStore, image_id: str, tmp_path: Path
) -> None:
    told: list[Update] = []
    item = {"target": {"find": {"text": "plaza"}}, "text": "MARKT"}
    outcome = drawing(quick(image_id, item), painter, store, told=told).run()
    first, last = changed_rows(tmp_path, outcome)
    assert first > 110 and last < 185
    assert told[0].type == "stage" and told[0].name == "detecting"


def test_a_word_is_named_by_its_region(painter: ModelPainter, store: BlobStore, image_id: str, tmp_path: Path) -> None:
    region = Region(region_id="r0", quad_px=QUAD, text="EXIT", confidence=1, char_height_px=50)
    words = DetectResult(image_id=image_id, regions=(region,))
    item = {"target": {"region_id": "r0"}, "text": "TAXI", "style_from": {"region_id": "r0"}}
    outcome = drawing(quick(image_id, item), painter, store, words=words).run()
    first, last = changed_rows(tmp_path, outcome)
    assert first > 25 and last < 105
    for detected in (words, None):
        other = {"target": {"region_id": "r1"}, "text": "TAXI"}
        with pytest.raises(RegionNotFoundError, match="no region r1"):
            drawing(quick(image_id, other), painter, store, words=detected).run()


def test_who_knows_better_than_the_reader_says_what_stands_there(
    painter: ModelPainter, store: BlobStore, image_id: str
) -> None:
    region = Region(region_id="r0", quad_px=QUAD, text="EXIT", confidence=1, char_height_px=50)
    words = DetectResult(image_id=image_id, regions=(region.model_copy(update={"text": "Iill"}),))
    misread = {"target": {"region_id": "r0"}, "text": "TAXI"}
    corrected = misread | {"old_text": "EXIT"}
    read_right = DetectResult(image_id=image_id, regions=(region,))
    drawn = drawing(quick(image_id, misread), painter, store, words=words).run()
    after_correction = drawing(quick(image_id, corrected), painter, store, words=words).run()
    as_read_right = drawing(quick(image_id, misread), painter, store, words=read_right).run()
    assert after_correction.image_sha256 == as_read_right.image_sha256 != drawn.image_sha256


def test_the_same_request_gives_the_same_file(painter: ModelPainter, store: BlobStore, image_id: str) -> None:
    shas = {drawing(quick(image_id), painter, store).run().image_sha256 for _ in range(2)}
    other = drawing(quick(image_id, seed=2), painter, store).run().image_sha256
    assert len(shas) == 1 and other not in shas


@pytest.mark.parametrize(("name", "format"), [("jpeg", "JPEG"), ("webp", "WEBP")])
def test_the_file_is_of_the_format_that_was_asked_for(
    painter: ModelPainter, store: BlobStore, image_id: str, name: str, format: str
) -> None:
    small = drawing(quick(image_id, output={"format": name, "quality": 20}), painter, store).run()
    large = drawing(quick(image_id, output={"format": name, "quality": 90}), painter, store).run()
    sizes = []
    for outcome in (small, large):
        assert outcome.content_type == f"image/{name}"
        sha256, suffix = outcome.image_sha256, {"jpeg": ".jpg", "webp": ".webp"}[name]
        data = store.get(f"results/{sha256[:2]}/{sha256}{suffix}")
        assert Image.open(io.BytesIO(data)).format == format
        sizes.append(len(data))
    assert sizes[0] < sizes[1]


class NeverPainter(ModelPainter):
    """For what must be refused before anything is drawn."""

    def paint(self, *_: Any) -> Any:
        raise AssertionError("something was drawn")


def refused(
    request: EditRequest, painter: ModelPainter, store: BlobStore, kind: type[EditorError | ModelsError]
) -> str:
    never = NeverPainter(painter.editor, device="cpu")
    with pytest.raises(kind) as caught:
        drawing(request, never, store).run()
    return str(caught.value)


def test_what_cannot_be_done_is_refused_before_the_first_word_is_drawn(
    painter: ModelPainter, store: BlobStore, image_id: str
) -> None:
    def second(target: dict[str, Any], text: str = "TAXI") -> EditRequest:
        return quick(image_id, EXIT, {"target": target, "text": text})

    assert "24" in refused(second({"quad_px": QUAD}, "x" * 25), painter, store, BadTextError)
    outside = [[900, 40], [990, 40], [990, 90], [900, 90]]
    assert "outside" in refused(second({"quad_px": outside}), painter, store, BadTargetError)
    assert "outside" in refused(
        quick(image_id, {**EXIT, "style_from": {"quad_px": outside}}), painter, store, BadTargetError
    )
    refused(second({"mask_id": "mask_" + "0a" * 32}), painter, store, MaskNotFoundError)
    other_size = stored_mask(store, np.eye(8, dtype=bool))
    refused(second({"mask_id": other_size}), painter, store, BadMaskFileError)
    assert "EXIT" in refused(second({"find": {"text": "EXIL"}}), painter, store, ModelsError)
    assert "1 times" in refused(second({"find": {"text": "EXIT", "occurrence": 2}}), painter, store, ModelsError)
    refused(quick("img_" + "0a" * 32), painter, store, ImageNotFoundError)


def test_a_text_that_is_there_twice_has_to_be_named_by_its_occurrence(
    painter: ModelPainter, store: BlobStore, tmp_path: Path
) -> None:
    samples = photo_with_words().samples.copy()
    samples[110:200] = samples[20:110]
    image_id = stored(store, Photo(samples))

    def second(**find: Any) -> EditRequest:
        return quick(image_id, {"target": {"find": {"text": "EXIT", **find}}, "text": "TAXI"})

    assert "occurrence 1 to 2" in refused(second(), painter, store, BadTargetError)
    outcome = drawing(second(occurrence=2), painter, store).run()
    rows = np.flatnonzero((picture(tmp_path, outcome.image_sha256) != samples).any(axis=(1, 2)))
    assert rows.min() > 105


def test_a_photo_that_the_format_cannot_hold_is_refused(painter: ModelPainter, store: BlobStore) -> None:
    opaque = small_photo().samples
    image_id = stored(store, Photo(np.dstack([opaque, opaque[..., :1]])))
    refused(quick(image_id, output={"format": "jpeg"}), painter, store, BadOutputError)


def test_what_nobody_wants_any_more_is_taken_back_but_nothing_of_others(
    painter: ModelPainter, store: BlobStore, image_id: str, tmp_path: Path
) -> None:
    drawing(quick(image_id), painter, store).run()
    before = results(tmp_path)
    two = drawing(quick(image_id, n=2), painter, store)
    two.run()
    assert len(results(tmp_path)) == 4  # two pictures, and the maps of each
    two.discard()
    assert results(tmp_path) == before
