from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.checkpoints.store import load_face_matcher, save_face_matcher
from models.data import assets
from models.data.faces import faces_for
from models.data.specimens import font_list
from models.errors import BadModelError
from models.train.faces import FaceLosses, disturbed, train_faces
from models.train.loop import LoopConfig


def test_a_run_leaves_a_matcher_that_can_be_gone_on_with_saved_and_loaded(tmp_path: Path) -> None:
    few = replace(assets.bundled(), fonts={path.stem: [path] for path in font_list(assets.bundled())[:5]})
    loop = LoopConfig(max_minutes=0.02, schedule_minutes=1, lr=1e-3, seed=0)
    train_faces(loop, tmp_path, assets=few, device="cpu", batch_size=8, num_workers=0, compile_net=False)
    matcher = train_faces(loop, tmp_path, assets=few, device="cpu", batch_size=8, num_workers=0, compile_net=False)
    assert matcher.config.faces == tuple(face.name for face in faces_for(""))
    assert matcher.alike.shape == (5, len(matcher.config.faces)) and matcher.alike.max() == pytest.approx(1, abs=2e-3)
    save_face_matcher(matcher, tmp_path)
    again = load_face_matcher(tmp_path)
    specimens = torch.rand(2, 1, 40, 320)
    for before, after in zip(matcher(specimens), again(specimens), strict=True):
        torch.testing.assert_close(before, after, atol=0.02, rtol=0.02)


def test_a_folder_without_a_matcher_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModelError, match="no finished matcher"):
        load_face_matcher(tmp_path)


def test_what_is_sheared_leans_by_as_much() -> None:
    bars = torch.zeros(4, 1, 40, 320)
    bars[..., 100:104] = 1.0
    amounts = FaceLosses(stretch=0, scale=0, shift_px=0, gain=0, sheared_share=1.0)
    leaning, shear = disturbed(bars, amounts, torch.Generator().manual_seed(1))
    columns = torch.arange(320.0)
    centres = (leaning[:, 0] * columns).sum(dim=2) / leaning[:, 0].sum(dim=2)  # (B, H)
    torch.testing.assert_close((centres[:, 4] - centres[:, 35]) / 31, shear, atol=0.01, rtol=0)
