import numpy as np
import pytest

from models.pipeline.drawing import nearer_to_draft

DRAFT = np.full((64, 8, 3), 100, np.uint8)
DRAWN = np.full((64, 8, 3), 200, np.uint8)


@pytest.mark.parametrize(("residual_scale", "level"), [(0.0, 100), (0.3, 130), (1.0, 200)])
def test_a_share_of_the_change_is_kept(residual_scale: float, level: int) -> None:
    mixed = nearer_to_draft(DRAWN, DRAFT, residual_scale)
    assert mixed.dtype == np.uint8 and (mixed == level).all()


def test_the_mix_stays_between_draft_and_drawing() -> None:
    rng = np.random.default_rng(0)
    draft, drawn = rng.integers(0, 256, (2, 64, 16, 3)).astype(np.uint8)
    mixed = nearer_to_draft(drawn, draft, 0.3)
    assert (mixed >= np.minimum(draft, drawn)).all() and (mixed <= np.maximum(draft, drawn)).all()
