"""Claims about the shares of words: together the mask, in the order of reading, and no seam left over."""

import numpy as np
import pytest

from models.regions.quad import grow_quad, quad_from_box, quad_mask
from models.regions.shares import word_shares
from models.regions.strip import strip_frame

QUAD = quad_from_box(100, 50, 300, 30)
MASK = quad_mask(grow_quad(QUAD, 4), (130, 500))


def test_shares_are_as_wide_as_words_have_letters_and_overlap_a_little() -> None:
    first, second, third = word_shares(MASK, strip_frame(QUAD), ["ABCD", "EF", "GHIJKLM"])
    assert np.array_equal(first | second | third, MASK)
    columns = [np.flatnonzero(share.any(axis=0)) for share in (first, second, third)]
    # 15 places of 20 px: four letters, half a space, half a space, two letters, …
    assert [c[0] for c in columns] == pytest.approx([96, 190, 250], abs=1)
    overlap_px = 0.15 * 64 * 30 / 40
    assert [c[-1] + 1 for c in columns] == pytest.approx([190 + overlap_px, 250 + overlap_px, 404], abs=1.5)
    assert not (first & third).any()


def test_the_first_word_is_where_reading_begins() -> None:
    turned = np.roll(QUAD, 2, axis=0)  # upside down: it begins at the right
    first, second = word_shares(MASK, strip_frame(turned), ["AB", "CD"])
    assert np.flatnonzero(first.any(axis=0)).mean() > np.flatnonzero(second.any(axis=0)).mean()
