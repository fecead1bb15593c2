"""An edit on another device than the CPU: every tensor is there, and the seed means the same."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.pipeline import EditOptions, EditResult, TextEditor
from tests.models.pipeline.second_device import second_device
from tests.models.pipeline.test_editor import sign, target


def edit(editor: TextEditor) -> EditResult:
    """Everything that makes tensors is on: search, refinement, blending, guidance, maps, previews."""
    sampler = replace(editor.model.sampler, num_inference_steps=3, search_candidates=2, refine=True, guidance_scale=2.0)
    options = EditOptions(seed=5, num_candidates=2, max_attempts=1, fallback="none", sampler=sampler)
    image = sign()
    return editor.edit(image, target(image), "TAXI", options, preview=lambda draw, _: draw())


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    error = np.square(a.astype(np.float64) - b).mean()
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def assert_alike(here: EditResult, there: EditResult) -> None:
    assert [c.index for c in there.candidates] == [c.index for c in here.candidates]
    for a, b in zip(here.candidates, there.candidates, strict=True):
        assert psnr(a.strip, b.strip) >= 40
    assert there.best.maps is not None and there.best.maps.text == "TAXI"


def test_an_edit_makes_every_tensor_on_the_models_device(tiny_model: Path) -> None:
    here = edit(TextEditor.load(tiny_model))
    with second_device() as device:
        editor = TextEditor.load(tiny_model, device=device)
        there = edit(editor)
        strip = editor.reconstruct(here.source_strip)
    assert str(editor.model.device) == device
    assert_alike(here, there)
    assert psnr(strip, TextEditor.load(tiny_model).reconstruct(here.source_strip)) >= 40


def test_crops_are_drawn_together_where_it_is_no_cpu_and_told_one_after_the_other(tiny_crop_model: Path) -> None:
    told = list[tuple[int, int]]()

    def edited(editor: TextEditor) -> EditResult:
        told.clear()
        sampler = replace(editor.model.sampler, num_inference_steps=2, search_candidates=2, sample_posterior=True)
        options = EditOptions(seed=5, num_candidates=3, max_attempts=1, fallback="none", sampler=sampler)

        def progress(stage: str, candidate: int | None, step: int, _total: int) -> None:
            if stage == "drawing" and candidate is not None:
                told.append((candidate, step))

        image = sign()
        return editor.edit(
            image,
            target(image),
            "TAXI",
            options,
            progress=progress,
            preview=lambda draw, _: shapes.append(draw().shape),
        )

    shapes = list[tuple[int, ...]]()
    here = edited(TextEditor.load(tiny_crop_model))
    assert told == [(c, step) for c in range(3) for step in range(3)]
    with second_device() as device:
        there = edited(TextEditor.load(tiny_crop_model, device=device))
    assert told == [(0, 0), (1, 1), (2, 2)]
    assert {shape[0] for shape in shapes} == {64}
    assert sorted(c.seed for c in there.candidates) == [5, 6, 7]
    by_seed = {candidate.seed: candidate.strip for candidate in here.candidates}
    assert min(psnr(candidate.strip, by_seed[candidate.seed]) for candidate in there.candidates) > 30


def test_the_second_device_refuses_what_cuda_refuses() -> None:
    with second_device() as device:
        there = torch.ones(2, device=device)
        assert (there * 2).device == there.device and (there * torch.tensor(2.0)).device == there.device
        with pytest.raises(RuntimeError, match="two devices"):
            _ = there + torch.ones(2)
        with pytest.raises(RuntimeError):
            there.numpy()
        assert there.cpu().tolist() == [1, 1]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("name", ["tiny", "built-in"])
def test_the_same_seed_draws_the_same_on_cuda(name: str, tiny_model: Path) -> None:
    folder = tiny_model if name == "tiny" else None
    assert_alike(edit(TextEditor.load(folder)), edit(TextEditor.load(folder, device="cuda")))
