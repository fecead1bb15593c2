"""A hidden word is gone, its neighbour is whole, and the truth is nearest to itself."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from models.data.glyphs import FONT_FOLDER
from models.evaluate.outcomes import Drawn, measure
from models.evaluate.protocols_neighbours import NEIGHBOURS, NeighbourItem, neighbour_items, neighbour_subject
from models.evaluate.protocols_reading import MAIN_READER
from models.reading.words import WordReader
from models.regions.quad import quad_mask
from tests.models.evaluate.scenes import rapidocr

PHOTOS = Path(__file__).parents[4] / "shared" / "photos"


@cache
def _reader() -> WordReader:
    return WordReader.load()


def _item(folder: Path, *, lower_y: int = 180) -> NeighbourItem:
    sign = Image.new("RGB", (480, 320), (20, 60, 140))
    font = ImageFont.truetype(str(FONT_FOLDER / "DejaVuSans.ttf"), 60)
    pen = ImageDraw.Draw(sign)
    pen.text((60, 60), "GARDEN", (240, 240, 235), font)
    pen.text((60, lower_y), "MARKET", (240, 240, 235), font)
    sign.save(folder / "sign.png")
    (item,) = neighbour_items(folder, _reader(), words=[("sign.png", "GARDEN", "MARKET"), ("other.png", "A", "B")])
    return item


def test_the_hidden_word_is_gone_and_its_neighbour_is_whole(tmp_path: Path) -> None:
    item = _item(tmp_path)
    assert np.ptp(item.hidden[quad_mask(item.quad_px, item.mask.shape)].astype(int), axis=0).max() < 12
    kept = quad_mask(item.style_quad_px, item.mask.shape)
    assert not (kept & item.mask).any()
    assert np.array_equal(item.hidden[~item.mask], item.true[~item.mask])


def test_the_truth_is_nearest_to_itself_and_nothing_has_no_looks(tmp_path: Path) -> None:
    item = _item(tmp_path)
    subjects = [neighbour_subject(item)]
    (truth,) = measure(subjects, [Drawn(item.true)], rapidocr())
    (nothing,) = measure(subjects, [Drawn(item.hidden)], rapidocr())
    assert truth.ssim == pytest.approx(1) and truth.texts[MAIN_READER] == "GARDEN"
    assert nothing.ssim < 0.7 and nothing.psnr_db < truth.psnr_db
    assert truth.style is not None and nothing.style is None


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the test photos are not here")
def test_every_neighbour_of_the_real_signs_is_found() -> None:
    items = neighbour_items(PHOTOS, _reader())
    assert len(items) == len(NEIGHBOURS)
    assert len({item.photo for item in items}) >= 5
