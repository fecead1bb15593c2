"""A hidden word is gone, its neighbour is whole, and the truth is nearest to itself."""

from pathlib import Path

import numpy as np
import pytest

from models.evaluate.outcomes import Drawn, measure
from models.evaluate.protocols_neighbours import NEIGHBOURS, neighbour_items, neighbour_subject
from models.evaluate.protocols_reading import MAIN_READER
from models.regions.quad import quad_mask
from tests.models.evaluate.scenes import rapidocr, sign_item, word_reader

PHOTOS = Path(__file__).parents[4] / "shared" / "photos"


def test_the_hidden_word_is_gone_and_its_neighbour_is_whole(tmp_path: Path) -> None:
    item = sign_item(tmp_path)
    assert np.ptp(item.hidden[quad_mask(item.quad_px, item.mask.shape)].astype(int), axis=0).max() < 12
    kept = quad_mask(item.style_quad_px, item.mask.shape)
    assert not (kept & item.mask).any()
    assert np.array_equal(item.hidden[~item.mask], item.true[~item.mask])


def test_the_truth_is_nearest_to_itself_and_nothing_has_no_looks(tmp_path: Path) -> None:
    item = sign_item(tmp_path)
    subjects = [neighbour_subject(item)]
    (truth,) = measure(subjects, [Drawn(item.true)], rapidocr())
    (nothing,) = measure(subjects, [Drawn(item.hidden)], rapidocr())
    assert truth.ssim == pytest.approx(1) and truth.texts[MAIN_READER] == "GARDEN"
    assert nothing.ssim < 0.7 and nothing.psnr_db < truth.psnr_db
    assert truth.style is not None and nothing.style is None


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the test photos are not here")
def test_every_neighbour_of_the_real_signs_is_found() -> None:
    items = neighbour_items(PHOTOS, word_reader())
    assert len(items) == len(NEIGHBOURS)
    assert len({item.photo for item in items}) >= 5
