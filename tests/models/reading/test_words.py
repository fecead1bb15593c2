import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from models.reading.matching import TextNotFoundError, match_words
from models.reading.words import Word, WordReader, reading_order
from tests.models.reading.pictures import draw_page

PHOTOS = Path(__file__).resolve().parents[4] / "shared" / "photos"


def intersection_over_union(quad: np.ndarray, other: np.ndarray) -> float:
    quad, other = quad.astype(np.float32), other.astype(np.float32)
    overlap = cv2.intersectConvexConvex(quad, other)[0]
    return overlap / (cv2.contourArea(quad) + cv2.contourArea(other) - overlap)


def word(text: str, x: float, y: float, *, height: float = 20) -> Word:
    quad = np.array([[x, y], [x + 50, y], [x + 50, y + height], [x, y + height]], np.float64)
    return Word(quad, text, 1.0, height)


def test_lines_are_found_in_reading_order(reader):
    page = draw_page([("Second", (320, 60)), ("First", (40, 64)), ("Third", (60, 200))], width=640, height=320)
    words = reader.find(page)
    assert [word.text for word in words] == ["First", "Second", "Third"]
    assert all(word.quad_px.shape == (4, 2) and word.quad_px.dtype == np.float64 for word in words)
    assert words[0].quad_px[:, 0].min() == pytest.approx(40, abs=15)


def test_nothing_is_found_where_nothing_is_written(reader):
    assert reader.find(np.full((200, 300, 3), 180, np.uint8)) == []


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_quads_of_turned_text_begin_at_its_own_top_left(reader, quarter_turns):
    page = draw_page([("Occupied", (60, 60))], width=400, height=300, size_px=48)
    (upright,) = reader.find(page)
    (turned,) = reader.find(np.ascontiguousarray(np.rot90(page, quarter_turns)))
    assert turned.text == "Occupied"
    x, y = upright.quad_px[0]
    for width in (400, 300, 400)[:quarter_turns]:  # each turn is against the clock
        x, y = y, width - x
    np.testing.assert_allclose(turned.quad_px[0], [x, y], atol=12)


def test_a_word_that_fills_the_picture_is_found_whole(reader):
    page = draw_page([("Occup", (80, 160))], width=1280, height=960, size_px=300)
    assert [word.text for word in reader.find(page)] == ["Occup"]


def test_small_words_of_a_12_megapixel_picture_are_found(reader):
    page = draw_page([("Reserved", (3000, 2400)), ("EXIT", (200, 300))], width=4000, height=3000, size_px=40)
    words = reader.find(page)
    assert [word.text for word in words] == ["EXIT", "Reserved"]
    np.testing.assert_allclose(words[1].quad_px.mean(axis=0), [3000 + 88, 2400 + 28], atol=20)


def test_words_of_one_row_go_from_the_left_even_if_it_slopes():
    words = [word("c", 200, 4), word("a", 0, 8), word("below", 0, 40), word("b", 100, 0)]
    assert [w.text for w in reading_order(words)] == ["a", "b", "c", "below"]


def test_refuses_what_is_not_a_picture(reader):
    with pytest.raises(ValueError, match="uint8"):
        reader.find(np.zeros((20, 20), np.uint8))


@pytest.mark.slow
@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the photos are not here")
def test_the_words_of_the_photos_are_found_where_they_are(reader: WordReader):
    items = json.loads((PHOTOS / "manifest.json").read_text())
    found = {
        name: reader.find(np.array(Image.open(PHOTOS / name).convert("RGB"))) for name in {i["photo"] for i in items}
    }
    missed = []
    for item in items:
        try:
            match = match_words(found[item["photo"]], item["text"], occurrence=None)
        except TextNotFoundError:
            missed.append(item["text"])
            continue
        assert intersection_over_union(match.word.quad_px, np.array(item["quad_px"])) > 0.8, item
    assert missed in ([], ["Reserved"])  # a post hides the half of its d
