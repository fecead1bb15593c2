import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.regions.ink import LOW_CONFIDENCE, Box, estimate_ink

WIDTH_PX = 256
TEXT_BOX: Box = (60.0, 12.0, 196.0, 52.0)


def lettering() -> NDArray[np.bool_]:
    """Two upright bars, a bowl between them and a dot: a word 100 px wide and 30 px high."""
    picture = np.zeros((64, WIDTH_PX), np.uint8)
    cv2.rectangle(picture, (78, 17), (83, 46), 255, -1)
    cv2.circle(picture, (128, 36), 9, 255, 4)
    cv2.rectangle(picture, (172, 17), (177, 46), 255, -1)
    cv2.rectangle(picture, (150, 42), (153, 45), 255, -1)
    return picture > 0


def painted(strokes: NDArray[np.bool_], ink: tuple[int, int, int], ground: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Ink on ground (64, W, 3), a little out of focus and with noise."""
    picture = np.where(strokes[..., None], np.array(ink, np.float32), ground).astype(np.float32)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.8)
    return np.clip(picture + np.random.default_rng(0).normal(0, 2, picture.shape), 0, 255).astype(np.uint8)


def plain(colour: tuple[int, int, int]) -> NDArray[np.float32]:
    return np.full((64, WIDTH_PX, 3), colour, np.float32)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [((30, 30, 40), (220, 215, 200)), ((250, 240, 120), (20, 60, 130)), ((150, 120, 120), (175, 150, 150))],
)
def test_word_is_found_to_the_pixel_in_dark_light_and_faint_paint(
    ink: tuple[int, int, int], ground: tuple[int, int, int]
) -> None:
    found = estimate_ink(painted(lettering(), ink, plain(ground)), TEXT_BOX)
    np.testing.assert_allclose(found.box, (78, 17, 178, 47), atol=1)
    np.testing.assert_allclose(found.ink_colour, ink, atol=12)
    np.testing.assert_allclose(found.background_colour, ground, atol=4)
    assert found.confidence > 2 * LOW_CONFIDENCE


def test_mask_is_nearly_the_lettering() -> None:
    found = estimate_ink(painted(lettering(), (30, 30, 40), plain((220, 215, 200))), TEXT_BOX)
    overlap = (found.mask & lettering()).sum() / (found.mask | lettering()).sum()
    assert overlap > 0.85


def test_word_is_found_where_the_ground_gets_darker_than_the_ink_elsewhere() -> None:
    ramp = np.linspace(0, 1, WIDTH_PX, dtype=np.float32)[None, :, None]
    ground = plain((235, 235, 235)) * (1 - ramp) + plain((80, 80, 80)) * ramp
    strokes = lettering()
    dark_enough = (0.45 * ground).astype(np.float32)
    picture = np.where(strokes[..., None], dark_enough, ground).astype(np.uint8)
    np.testing.assert_allclose(estimate_ink(picture, TEXT_BOX).box, (78, 17, 178, 47), atol=1.5)


def test_neighbouring_line_and_sign_border_are_no_part_of_the_word() -> None:
    strokes = lettering()
    strokes[57:, 40:200] = True  # the line below
    strokes[:, 5:9] = True  # the sign's edge
    found = estimate_ink(painted(strokes, (30, 30, 40), plain((220, 215, 200))), TEXT_BOX)
    np.testing.assert_allclose(found.box, (78, 17, 178, 47), atol=1)
    assert not found.mask[57:].any() and not found.mask[:, :20].any()


def test_descender_that_leaves_the_box_a_little_is_kept() -> None:
    strokes = lettering()
    strokes[46:55, 78:84] = True
    found = estimate_ink(painted(strokes, (30, 30, 40), plain((220, 215, 200))), TEXT_BOX)
    assert found.box[3] == pytest.approx(55, abs=1)


def test_empty_wall_gives_the_text_box_inset_and_no_confidence() -> None:
    found = estimate_ink(painted(np.zeros((64, WIDTH_PX), np.bool_), (0, 0, 0), plain((120, 130, 140))), TEXT_BOX)
    assert found.confidence < LOW_CONFIDENCE
    np.testing.assert_allclose(found.box, (62.8, 14.8, 193.2, 49.2))
    np.testing.assert_allclose(found.background_colour, (120, 130, 140), atol=3)


def test_uniform_strip_is_no_error() -> None:
    assert estimate_ink(np.full((64, 128, 3), 7, np.uint8), (20.0, 12.0, 100.0, 52.0)).confidence == 0.0


def test_box_outside_the_strip_is_refused() -> None:
    with pytest.raises(ValueError, match="no pixel in a strip of 128 × 64 px"):
        estimate_ink(np.zeros((64, 128, 3), np.uint8), (200.0, 12.0, 230.0, 52.0))


def test_letters_are_found_on_a_ground_of_two_colours() -> None:
    """The ground changes more from end to end than from the ground to the letters."""
    ramp = np.linspace(0, 1, 256)[None, :, None]
    ground = (1 - ramp) * [20, 60, 40] + ramp * [120, 30, 20] + np.zeros((64, 1, 1))
    letters = np.zeros((64, 256), np.uint8)
    cv2.putText(letters, "Wastrel Gerber", (12, 42), cv2.FONT_HERSHEY_SIMPLEX, 0.95, 255, 2, cv2.LINE_AA)
    strokes = letters > 127
    noise = np.random.default_rng(0).normal(0, 2, (64, 256, 3))
    strip = np.clip(cv2.GaussianBlur(ground + 0.16 * letters[..., None], (0, 0), 1.0) + noise, 0, 255).astype(np.uint8)
    x, y, w, h = cv2.boundingRect(strokes.view(np.uint8))
    ink = estimate_ink(strip, (x - 3, y - 3, x + w + 3, y + h + 3))
    assert 2 * np.count_nonzero(ink.mask & strokes) > 0.82 * (np.count_nonzero(ink.mask) + np.count_nonzero(strokes))
