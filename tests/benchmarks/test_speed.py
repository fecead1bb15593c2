"""The speed benchmark measures the word it drew."""

import numpy as np
import pytest

from benchmarks.speed import OLD_WORD, draw_photo, speed_table, spread
from models.reading.recognition import LineRecogniser
from models.regions.strip import rectify, strip_frame


@pytest.mark.parametrize("size", [(512, 384), (1600, 1200)])
def test_the_quad_is_where_the_word_is(size: tuple[int, int]) -> None:
    photo, quad = draw_photo(*size, seed=0)
    assert photo.shape == (size[1], size[0], 3)
    assert LineRecogniser.load(num_threads=1).read(rectify(photo, strip_frame(quad))).text == OLD_WORD


def test_the_same_seed_draws_the_same_photo() -> None:
    assert np.array_equal(draw_photo(512, 384, seed=3)[0], draw_photo(512, 384, seed=3)[0])


def test_the_table_has_median_and_extremes() -> None:
    row = {
        "width": 512,
        "height": 384,
        "candidates": 4,
        "steps": 1,
        "peak_mb": 700.0,
        "seconds": {"drawing": [1.0, 3.0, 2.0]},
    }
    assert spread(row)["drawing"] == {"min": 1.0, "median": 2.0, "max": 3.0}
    assert "2.00 (1.00 to 3.00)" in speed_table([row], runs=3)
