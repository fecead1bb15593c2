import numpy as np
import pytest

from models.data.layout import MIN_CONDENSE, default_line, fit_line, lay_out, neutral_boxes

INK = (40.0, 18.0, 160.0, 46.0)


def extent(boxes: np.ndarray) -> tuple[float, float, float, float]:
    inked = boxes[boxes[:, 2] > boxes[:, 0]]
    return inked[:, 0].min(), inked[:, 1].min(), inked[:, 2].max(), inked[:, 3].max()


@pytest.mark.parametrize("text", ["EXIT", "Harbour", "5%", "gym"])
def test_the_old_word_laid_out_again_lies_on_its_own_ink(text: str) -> None:
    boxes = lay_out(text, fit_line(text, INK), max_width_px=500)
    assert extent(boxes) == pytest.approx(INK, abs=0.6) or text in {"5%", "gym"}  # width is clipped to what fonts do
    assert extent(boxes)[1] == pytest.approx(INK[1], abs=0.6) and extent(boxes)[3] == pytest.approx(INK[3], abs=0.6)


def test_descenders_of_the_new_word_hang_below_the_old_baseline() -> None:
    boxes = lay_out("HUGy", fit_line("HOUSE", INK), max_width_px=500)
    assert boxes[0, 3] == pytest.approx(INK[3], abs=1.0)  # H stands on the line HOUSE stood on
    assert boxes[3, 3] > INK[3] + 4  # y reaches below


def test_a_longer_word_is_condensed_first_and_lowered_only_then() -> None:
    line = fit_line("EXIT", INK)
    natural = lay_out("EXITEX", line, max_width_px=1000)
    width = extent(natural)[2] - extent(natural)[0]
    condensed = lay_out("EXITEX", line, max_width_px=0.8 * width)
    assert extent(condensed)[2] - extent(condensed)[0] == pytest.approx(0.8 * width, rel=1e-3)
    assert extent(condensed)[3] - extent(condensed)[1] == pytest.approx(INK[3] - INK[1], abs=0.6)
    tiny = lay_out("EXITEX", line, max_width_px=0.5 * MIN_CONDENSE * width)
    assert extent(tiny)[3] - extent(tiny)[1] == pytest.approx(0.5 * (INK[3] - INK[1]), rel=0.03)


def test_without_an_old_word_the_text_fills_the_box() -> None:
    boxes = lay_out("Taxi", default_line("Taxi", (30, 12, 170, 52)), max_width_px=140)
    x0, y0, x1, y1 = extent(boxes)
    assert y0 >= 12 and y1 <= 52 and y1 - y0 > 25 and x0 >= 30 and x1 <= 170


def test_boxes_of_spaces_are_empty() -> None:
    assert (neutral_boxes("a b")[1] == 0).all()
    assert (lay_out("a b", fit_line("ab", INK), max_width_px=500)[1] == 0).all()
