"""Claims about words where there were none: they stand out of any ground, in their natural proportions."""

import numpy as np
import pytest

from models.data.faces import draw
from models.data.inserting import bare_ink, plain_settings, unerased

BOX = (40.0, 12.0, 216.0, 52.0)


def ground(colour: tuple[int, int, int], *, spread: float, seed: int = 0) -> np.ndarray:
    """A strip (64, 256, 3) in one colour, with coarse grain."""
    grain = np.random.default_rng(seed).normal(0, spread, (64, 256, 1))
    return np.clip(np.array(colour) + grain, 0, 255).astype(np.uint8)


def contrast(ink: np.ndarray, paper: np.ndarray) -> float:
    """As WCAG counts it, 1..21."""
    levels = sorted(float((c / 255) ** 2.2 @ np.array([0.2126, 0.7152, 0.0722])) + 0.05 for c in (ink, paper))
    return levels[1] / levels[0]


@pytest.mark.parametrize(
    "colour",
    [(250, 250, 250), (222, 200, 160), (160, 160, 160), (150, 70, 50), (118, 118, 118), (20, 60, 40), (8, 8, 9)],
)
@pytest.mark.parametrize("spread", [0.0, 18.0])
def test_letters_contrast_with_any_ground(colour: tuple[int, int, int], spread: float) -> None:
    ink = bare_ink(ground(colour, spread=spread), BOX)
    assert contrast(ink.ink_colour, np.array(colour, np.float32)) >= 4.3  # on the worst of grays 4.6 is the most
    assert not ink.mask.any() and ink.confidence == 0


def test_dim_scenes_get_no_glaring_white() -> None:
    ink = bare_ink(ground((12, 14, 16), spread=1.0), BOX)
    assert 110 < ink.ink_colour.mean() < 210


@pytest.mark.parametrize("text", ["Hi", "TODAY", "Résumé, please!", "every single word"])
def test_lines_keep_their_proportions_and_stay_in_the_box(text: str) -> None:
    settings = plain_settings(text, BOX, ranks=range(4))
    assert len({setting.face for setting in settings}) == 4
    for setting in settings:
        assert setting.scale_x_px == setting.scale_y_px
        line = draw(text, setting, (64, 256), max_width_px=0.9 * (BOX[2] - BOX[0]) + 2, blur_px=0.0)
        rows, columns = np.nonzero(line.coverage > 0.5)
        assert BOX[0] <= columns.min() and columns.max() <= BOX[2] and BOX[1] <= rows.min() and rows.max() <= BOX[3]
        fills = (np.ptp(rows) / (BOX[3] - BOX[1]), np.ptp(columns) / (BOX[2] - BOX[0]))
        assert max(fills) > 0.6


def test_the_ground_stays_and_shows_through_the_paint() -> None:
    strip = ground((150, 70, 50), spread=18.0)
    erased = unerased(strip)
    assert np.array_equal(erased.picture, strip) and not erased.hole.any()
    assert 2 < float(np.abs(erased.noise).mean()) < float(np.abs(strip - strip.mean(axis=(0, 1))).mean())
