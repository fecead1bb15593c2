import numpy as np
import pytest

from models.data.glyphs import NEUTRAL_FONT, character_boxes, glyph_image, neutral_glyph, render_text


def test_every_inked_character_owns_pixels_and_a_space_owns_none() -> None:
    rendered = render_text("A b.", NEUTRAL_FONT, size_px=60)
    owned = set(np.unique(rendered.labels)) - {0}
    assert owned == {1, 3, 4}
    boxes = character_boxes(rendered.labels, 4)
    assert (boxes[1] == 0).all()
    assert (boxes[[0, 2, 3], 2] > boxes[[0, 2, 3], 0]).all()
    assert boxes[0, 2] <= boxes[2, 0] + 1 <= boxes[3, 0] + 1  # left to right


def test_ink_box_is_tight() -> None:
    rendered = render_text("HI", NEUTRAL_FONT, size_px=80)
    ys, xs = np.nonzero(rendered.coverage > 100)
    x0, y0, x1, y1 = rendered.ink_px
    assert abs(xs.min() - x0) <= 1 and abs(xs.max() + 1 - x1) <= 1
    assert abs(ys.min() - y0) <= 1 and abs(ys.max() + 1 - y1) <= 1


@pytest.mark.parametrize("character", ["I", "m", "-", "."])
def test_glyph_image_fills_its_box_and_nothing_else(character: str) -> None:
    boxes = np.array([[20.5, 10.25, 44.0, 50.75]], np.float32)
    image = glyph_image(character, boxes, (64, 128))
    ys, xs = np.nonzero(image > 0.2)
    assert 20 <= xs.min() <= 22 and 42 <= xs.max() <= 44
    assert 10 <= ys.min() <= 12 and 48 <= ys.max() <= 50
    expected = float(neutral_glyph(character, 23.5 / 40.5).mean()) * 23.5 * 40.5
    assert abs(float(image.sum()) - expected) < 0.12 * expected  # ink is stretched, not lost


def test_glyph_image_cuts_letters_at_the_strip() -> None:
    boxes = np.array([[-10, 5, 30, 40], [110, 20, 140, 80]], np.float32)
    image = glyph_image("MM", boxes, (64, 128))
    assert image.shape == (64, 128) and image[:, 0].max() > 0 and image[:, -1].max() > 0
