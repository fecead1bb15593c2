import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.evaluate.paste import glyph_paste
from models.regions.ink import Box, estimate_ink

TEXT_BOX: Box = (24.0, 12.0, 104.0, 52.0)


def sign() -> NDArray[np.uint8]:
    """Two dark red bars and a ring on a pale sign."""
    strip = np.full((64, 128, 3), (225, 220, 205), np.uint8)
    for left in (32, 88):
        strip[16:48, left : left + 7] = (120, 20, 20)
    cv2.circle(strip, (64, 32), 14, (120, 20, 20), 5)
    return strip


def quad_mask() -> NDArray[np.bool_]:
    mask = np.zeros((64, 128), np.bool_)
    mask[9:55, 20:108] = True
    return mask


def test_pasted_word_fills_the_quad_in_the_old_stroke_colour() -> None:
    found = estimate_ink(glyph_paste(sign(), quad_mask(), TEXT_BOX, "HEN"), TEXT_BOX)
    np.testing.assert_allclose(found.box, TEXT_BOX, atol=2)
    np.testing.assert_allclose(found.ink_colour, (120, 20, 20), atol=10)


def test_pixels_outside_the_mask_stay_the_same() -> None:
    mask = quad_mask()
    mask[:, 70:] = False
    result = glyph_paste(sign(), mask, TEXT_BOX, "HEN")
    np.testing.assert_array_equal(result[~mask], sign()[~mask])


def test_empty_text_only_removes() -> None:
    result = glyph_paste(sign(), quad_mask(), TEXT_BOX, "")
    np.testing.assert_allclose(result[quad_mask()], np.broadcast_to((225, 220, 205), (quad_mask().sum(), 3)), atol=8)


def test_quad_that_reaches_out_of_the_strip_is_cut() -> None:
    result = glyph_paste(sign(), np.ones((64, 128), np.bool_) & quad_mask(), (-10.0, -4.0, 140.0, 70.0), "HEN")
    assert result.shape == (64, 128, 3)


def test_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="the mask must be"):
        glyph_paste(sign(), np.zeros((64, 256), np.bool_), TEXT_BOX, "HEN")
