"""The seam of an edit is measured against what the photo has there itself."""

import numpy as np
import pytest

from models.evaluate.metrics import Image
from models.evaluate.seams import changed_region, seam_ratio

REGION = np.zeros((40, 60), np.bool_)
REGION[10:30, 15:45] = True


def _photo() -> Image:
    return np.random.default_rng(0).integers(90, 130, (40, 60, 3), np.uint8)


def test_a_photo_has_no_seam_against_itself() -> None:
    assert seam_ratio(_photo(), _photo(), REGION) == 1.0


def test_a_tinted_patch_has_a_seam_that_grows_with_its_tint() -> None:
    patched = [np.where(REGION[..., None], _photo() + tint, _photo()).astype(np.uint8) for tint in (0, 30, 90)]
    none, some, much = (seam_ratio(_photo(), picture, REGION) for picture in patched)
    assert none == 1.0
    assert some is not None and much is not None and 1.5 < some < much


def test_a_jump_that_was_there_before_is_no_seam() -> None:
    sign = np.where(REGION[..., None], 200, _photo()).astype(np.uint8)
    assert seam_ratio(sign, np.where(REGION[..., None], 205, sign).astype(np.uint8), REGION) == pytest.approx(
        1, abs=0.1
    )


def test_nothing_changed_has_no_rim() -> None:
    assert seam_ratio(_photo(), _photo(), changed_region(_photo(), _photo())) is None
