"""A known change of the true word is measured as that change, and as no other."""

import cv2
import numpy as np
import pytest

from models.evaluate.metrics import Image
from models.evaluate.style import StyleMatch, style_match
from models.regions.ink import Box

BOX: Box = (20.0, 12.0, 236.0, 52.0)
INK, GROUND = (150, 20, 30), (225, 220, 205)


def _word(*, ink: tuple[int, int, int] = INK, ground: tuple[int, int, int] = GROUND, thickness: int = 5) -> Image:
    """HILT in plain bars, drawn finely and reduced."""
    large = np.full((256, 1024, 3), ground, np.uint8)
    for points in (
        [(160, 70), (160, 190)],
        [(160, 130), (260, 130)],
        [(260, 70), (260, 190)],
        [(400, 70), (400, 190)],
        [(530, 70), (530, 190), (640, 190)],
        [(740, 70), (860, 70)],
        [(800, 70), (800, 190)],
    ):
        cv2.polylines(large, [np.array(points)], False, ink, 4 * thickness)
    return np.asarray(cv2.resize(large, (256, 64), interpolation=cv2.INTER_AREA), np.uint8)


def _match(drawn: Image) -> StyleMatch:
    match = style_match(drawn, _word(), BOX)
    assert match is not None
    return match


def test_the_true_word_matches_itself() -> None:
    assert _match(_word()) == StyleMatch(0, 0, 1, 1, 1, 0)


def test_a_bolder_word_has_wider_strokes_and_nothing_else() -> None:
    match = _match(_word(thickness=7))
    assert match.stroke_width == pytest.approx(7 / 5, abs=0.12)
    assert match.stroke_delta_e < 1 and match.ground_delta_e < 1 and match.slant_deg < 1.5
    assert match.sharpness == pytest.approx(1, abs=0.1)


def test_colours_are_told_apart_from_the_ground() -> None:
    ink = _match(_word(ink=(20, 20, 150)))
    assert ink.stroke_delta_e > 40 and ink.ground_delta_e < 1
    ground = _match(_word(ground=(205, 220, 225)))
    assert ground.stroke_delta_e < 2 and ground.ground_delta_e > 8


def test_a_smoother_ground_has_less_grain() -> None:
    noise = np.random.default_rng(0).normal(0, 6, (64, 256, 1))
    rough, smooth = (np.clip(_word() + share * noise, 0, 255).astype(np.uint8) for share in (1.0, 0.3))
    match = style_match(smooth, rough, BOX)
    assert match is not None and match.grain == pytest.approx(0.3, abs=0.1)


def test_a_blurred_word_is_less_sharp_and_hardly_wider() -> None:
    match = _match(np.asarray(cv2.GaussianBlur(_word(), (0, 0), 1.2), np.uint8))
    assert match.sharpness < 0.7
    assert match.stroke_width == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("degrees", [-12.0, 6.0, 12.0])
def test_a_slanted_word_differs_by_its_angle(degrees: float) -> None:
    shear = float(np.tan(np.radians(degrees)))
    lay = np.array([[1, -shear, shear * 32], [0, 1, 0]])
    slanted = cv2.warpAffine(_word(), lay, (256, 64), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    assert _match(np.asarray(slanted, np.uint8)).slant_deg == pytest.approx(abs(degrees), abs=2)


def test_where_no_word_can_be_told_nothing_is_measured() -> None:
    blank = np.full((64, 256, 3), GROUND, np.uint8)
    assert style_match(_word(), blank, BOX) is None
    assert style_match(blank, _word(), BOX) is None
