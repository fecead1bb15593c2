"""Claims about text-to-image: any pipeline folder makes pictures, no code in it is run, what isn't one is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from models.errors import BadModelError, BadTextError
from models.generate.image_model import ImageModel, ImageOptions

TWO_STEPS = ImageOptions(seed=3, num_inference_steps=2, size_hw=(64, 96))


@pytest.fixture(scope="module")
def maker(tiny_pipeline: Path) -> ImageModel:
    return ImageModel.load(tiny_pipeline)


def test_the_same_seed_makes_the_same_picture(maker: ImageModel) -> None:
    steps: list[tuple[int, int]] = []
    first = maker.draw('A sign "OPEN"', TWO_STEPS, on_step=lambda step, total: steps.append((step, total)))
    assert first.shape == (64, 96, 3) and first.dtype == np.uint8 and first.std() > 5
    assert np.array_equal(maker.draw('A sign "OPEN"', TWO_STEPS), first) and steps == [(1, 2), (2, 2)]
    other = ImageOptions(seed=4, num_inference_steps=2, size_hw=(64, 96))
    assert not np.array_equal(maker.draw('A sign "OPEN"', other), first)


def test_what_the_pipeline_refuses_is_said(maker: ImageModel) -> None:
    with pytest.raises(BadModelError, match=r"tiny refuses that: .*divisible by 8 but are 63"):
        maker.draw("a sign", ImageOptions(seed=0, num_inference_steps=1, size_hw=(63, 64)))
    with pytest.raises(BadTextError, match="the prompt is blank"):
        maker.draw("  ", TWO_STEPS)


def index_with(folder: Path, **entries: object) -> None:
    index = folder / "model_index.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), **entries}))


def pickled(folder: Path) -> None:
    """Weights as torch pickles them."""
    torch.save({}, folder / "unet" / "diffusion_pytorch_model.bin")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()


def own_code(folder: Path) -> None:
    (folder / "pipeline.py").write_text("open('ran', 'w').close()\nclass Own: pass\n")
    index_with(folder, _class_name=["pipeline", "Own"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: (folder / "model_index.json").unlink(), "is no pipeline folder of diffusers"),
        (lambda folder: (folder / "model_index.json").write_text("{"), "is no JSON"),
        (own_code, r"names no pipeline of diffusers' own: _class_name is \['pipeline', 'Own'\]"),
        (pickled, r"\(StableDiffusionPipeline\) can't be loaded: .*safetensors"),
        (lambda folder: shutil.rmtree(folder / "vae"), "can't be loaded"),
        (lambda folder: index_with(folder, _class_name="NoSuchPipeline"), "can't be loaded"),
        (
            lambda folder: index_with(folder, _class_name="StableDiffusionImg2ImgPipeline"),
            r"makes no pictures from a prompt alone, it needs \['image'\]",
        ),
    ],
    ids=["no index", "no JSON", "own code", "pickles", "a part missing", "unknown class", "image to image"],
)
def test_other_folders_are_refused(
    tiny_pipeline: Path, tmp_path: Path, change: Callable[[Path], object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "copy"
    shutil.copytree(tiny_pipeline, folder)
    change(folder)
    with pytest.raises(BadModelError, match=message):
        ImageModel.load(folder)
    assert not (tmp_path / "ran").exists()
