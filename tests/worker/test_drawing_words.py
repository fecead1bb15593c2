"""Several words in one edit."""

from pathlib import Path

import numpy as np
import pytest

from tests.worker.drawing_helpers import BOTH, EXIT, drawing, picture, quick, stored_picture
from tests.worker.edit_helpers import photo_with_words, results, stored, stored_mask
from worker.contract import Update
from worker.drawing import EditDrawing
from worker.painter import ModelPainter
from worker.photo import Photo
from worker.reporting import Reporter
from worker.storage import BlobStore


@pytest.mark.parametrize("mode", ["RGB", "gray of 16 bits with transparency"])
def test_every_candidate_of_several_words_has_all_words(
    painter: ModelPainter, store: BlobStore, tmp_path: Path, mode: str
) -> None:
    samples = photo_with_words().samples
    if mode != "RGB":
        samples = np.dstack([samples[..., :1], samples[::-1, :, :1]]).astype(np.uint16) * 257
    outcome = drawing(quick(stored(store, Photo(samples)), *BOTH, n=3), painter, store).run()
    final = stored_picture(store, outcome.image_sha256)
    num_maps = 6
    assert len(results(tmp_path)) == 5 + num_maps  # the best of the two words is one picture
    for candidate in outcome.candidates:
        differing = (stored_picture(store, candidate.image_sha256) != final).any(axis=2)
        is_best = candidate.image_sha256 == outcome.image_sha256
        assert differing.any() != is_best
        if candidate.item == 0:
            assert not differing[105:].any()
        else:
            assert not differing[:105].any()
    bests = [one for one in outcome.candidates if one.image_sha256 == outcome.image_sha256]
    assert [one.item for one in bests] == [0, 1] and bests[1].index == outcome.best


def test_outside_all_masks_no_candidate_changes_a_pixel(
    painter: ModelPainter, store: BlobStore, image_id: str, tmp_path: Path
) -> None:
    masks = [np.zeros((200, 320), bool) for _ in range(3)]
    masks[0][36:94, 36:204] = True
    masks[1][122:172, 40:220] = True
    masks[2][60:140, 180:300] = True  # over both
    items = [
        {"target": {"mask_id": stored_mask(store, mask)}, "text": text}
        for mask, text in zip(masks, ("TAXI", "MARKT", "ZUG"), strict=True)
    ]
    outcome = drawing(quick(image_id, *items, n=2), painter, store).run()
    final = picture(tmp_path, outcome.image_sha256)
    for candidate in outcome.candidates:
        shown = picture(tmp_path, candidate.image_sha256)
        assert not ((shown != photo_with_words().samples).any(axis=2) & ~np.logical_or.reduce(masks)).any()
        later = np.logical_or.reduce(masks[candidate.item + 1 :]) if candidate.item < 2 else ~masks[2]
        assert (shown[later] == final[later]).all()  # the later word is on top
    assert outcome.changed_outside_mask_px == 0


def test_a_candidate_of_the_first_word_is_what_it_is_without_the_second(
    painter: ModelPainter, store: BlobStore, image_id: str, tmp_path: Path
) -> None:
    alone = drawing(quick(image_id, EXIT, n=2), painter, store).run()
    both = drawing(quick(image_id, *BOTH, n=2), painter, store).run()
    for one, other in zip(alone.candidates, both.candidates[:2], strict=True):
        assert (picture(tmp_path, one.image_sha256)[:105] == picture(tmp_path, other.image_sha256)[:105]).all()


def test_an_edit_that_stops_between_its_words_has_stored_nothing(
    painter: ModelPainter, store: BlobStore, image_id: str, tmp_path: Path
) -> None:
    class StopError(Exception):
        """As the reporter stops a canceled edit."""

    def tell(update: Update) -> None:
        if update.item == 1:
            raise StopError

    request = quick(image_id, *BOTH, n=2)
    reporter = Reporter(tell, lambda _: None, num_items=2, num_candidates=2, previews=False)
    with pytest.raises(StopError):
        EditDrawing(request, painter=painter, store=store, detected=lambda: None, reporter=reporter).run()
    assert results(tmp_path) == set()


def test_pictures_of_several_words_that_nobody_wants_are_all_taken_back(
    painter: ModelPainter, store: BlobStore, image_id: str, tmp_path: Path
) -> None:
    unwanted = drawing(quick(image_id, *BOTH, n=2), painter, store)
    unwanted.run()
    num_maps = 4
    assert len(results(tmp_path)) == 3 + num_maps
    unwanted.discard()
    assert results(tmp_path) == set()
