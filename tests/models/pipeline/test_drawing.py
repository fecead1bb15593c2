import numpy as np
import pytest

from models.pipeline.drawing import nearer_to_draft

DRAFT = np.full((64, 40, 3), 100, np.uint8)
DRAWN = np.full((64, 40, 3), 200, np.uint8)
BAR = np.zeros((64, 40), np.float32)  # a stroke 16 px wide
BAR[:, 12:28] = 1


@pytest.mark.parametrize(("residual_scale", "level"), [(0.0, 100), (0.3, 130), (1.0, 200)])
def test_a_share_of_the_change_is_kept_along_edges(residual_scale: float, level: int) -> None:
    mixed = nearer_to_draft(DRAWN, DRAFT, BAR, residual_scale)
    assert mixed.dtype == np.uint8 and (np.abs(mixed[:, [11, 28]].astype(int) - level) <= 6).all()


def test_on_flat_ground_and_inside_strokes_the_draft_stays() -> None:
    mixed = nearer_to_draft(DRAWN, DRAFT, BAR, 0.3)
    assert (mixed[:, [0, 4, 18, 20, 35]] == 100).all()
    assert (nearer_to_draft(DRAWN, DRAFT, np.zeros_like(BAR), 0.3) == 100).all()


def test_the_mix_stays_between_draft_and_drawing() -> None:
    rng = np.random.default_rng(0)
    draft, drawn = rng.integers(0, 256, (2, 64, 16, 3)).astype(np.uint8)
    mixed = nearer_to_draft(drawn, draft, rng.random((64, 16), np.float32), 0.3)
    assert (mixed >= np.minimum(draft, drawn)).all() and (mixed <= np.maximum(draft, drawn)).all()
