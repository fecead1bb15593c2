"""Claims about where training on crops begins, and about what of it is trained: as published."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from models.checkpoints.crop_store import empty_nets, load_crop_model
from models.checkpoints.label_store import load_label_encoder, save_label_encoder
from models.config import CropModelConfig
from models.errors import BadModelError
from models.nets.crop_net import CropNet, build_crop_autoencoder
from models.nets.label_encoder import LabelEncoder
from models.train.crop_starts import (
    TrainedSet,
    save_start,
    select_trained,
    start_from_folder,
    start_from_nothing,
)
from tests.models.crop_models import TINY_CROP

CROSS_ATTENTION, NORMS = 75_911_360, 24_960


@pytest.fixture(scope="module")
def published() -> CropNet:
    return empty_nets(CropModelConfig())[0]


@pytest.mark.parametrize(
    ("trained", "expected"),
    [("attention", CROSS_ATTENTION), ("attention-and-norm", CROSS_ATTENTION + NORMS), ("unet", 891_484_164)],
)
def test_as_many_parameters_are_trained_as_published(published: CropNet, trained: TrainedSet, expected: int) -> None:
    select_trained(published, trained)
    assert sum(p.numel() for p in published.parameters() if p.requires_grad) == expected
    assert sum(p.numel() for p in published.unet.parameters()) == 891_484_164
    assert sum(p.numel() for p in published.char_encoder.parameters()) == 302_430_208
    assert not any(p.requires_grad for p in published.char_encoder.parameters())


def stable_diffusion_folder(folder: Path) -> Path:
    """A folder in diffusers' layout whose U-Net has another width of cross-attention than our encoder."""
    torch.manual_seed(5)
    net = CropNet(replace(TINY_CROP, unet=replace(TINY_CROP.unet, cross_attention_dim=24)))
    net.unet.save_pretrained(folder / "unet")
    build_crop_autoencoder(TINY_CROP.autoencoder).save_pretrained(folder / "vae")
    (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionInpaintPipeline"}')
    return folder


def test_stable_diffusions_cross_attention_is_made_anew_and_silent(tmp_path: Path) -> None:
    folder = stable_diffusion_folder(tmp_path / "sd")
    given = load_file(folder / "unet" / "diffusion_pytorch_model.safetensors")
    encoder = LabelEncoder(TINY_CROP.char_encoder)
    start = start_from_folder(folder, seed=0, encoder=encoder)
    assert start.config.unet.cross_attention_dim == 32 and start.config.unet.head_dim == 8
    anew = 0
    for name, value in start.net.unet.state_dict().items():
        if ".transformer_blocks.0.attn2." in name or ".transformer_blocks.0.norm2." in name:
            anew += 1
            assert ".to_out." not in name or not value.any()
        else:
            torch.testing.assert_close(value, given[name])
    assert anew == 16 * 7  # 5 tensors of attention and 2 of its norm
    latents, context = torch.randn(1, 9, 8, 8), torch.randn(2, 12, 32)
    with torch.no_grad():
        one, other = (start.net.unet(latents, 500, encoder_hidden_states=c[None]).sample for c in context)
    torch.testing.assert_close(one, other)
    with pytest.raises(BadModelError, match="no character encoder"):
        start_from_folder(folder, seed=0, encoder=None)


def test_a_model_folder_is_taken_up_as_it_is_and_saved_again(tiny_crop_model: Path, tmp_path: Path) -> None:
    start = start_from_folder(tiny_crop_model, seed=0, encoder=None)
    save_start(start, tmp_path / "again", name="again")
    before, after = load_crop_model(tiny_crop_model), load_crop_model(tmp_path / "again")
    assert after.config == before.config and after.name == "again"
    for name, value in before.net.state_dict().items():
        torch.testing.assert_close(after.net.state_dict()[name], value)
    with pytest.raises(BadModelError, match="no model"):
        start_from_folder(tmp_path, seed=0, encoder=None)


def test_nets_of_another_size_are_refused() -> None:
    encoder, autoencoder = LabelEncoder(TINY_CROP.char_encoder), build_crop_autoencoder(TINY_CROP.autoencoder)
    assert start_from_nothing(TINY_CROP, seed=0, encoder=encoder, autoencoder=autoencoder).config == TINY_CROP
    with pytest.raises(BadModelError, match="goes with"):
        start_from_nothing(CropModelConfig(), seed=0, encoder=encoder, autoencoder=autoencoder)


def test_an_encoder_is_saved_and_loaded_whole(tmp_path: Path, tiny_crop_model: Path) -> None:
    encoder = LabelEncoder(TINY_CROP.char_encoder)
    save_label_encoder(encoder, tmp_path / "encoder")
    for name, value in load_label_encoder(tmp_path / "encoder").state_dict().items():
        torch.testing.assert_close(value, encoder.state_dict()[name])
    assert load_label_encoder(tiny_crop_model).config == TINY_CROP.char_encoder
    (tmp_path / "encoder" / "char_encoder" / "model-00001-of-00001.safetensors").write_bytes(b"")
    with pytest.raises(BadModelError, match="damaged"):
        load_label_encoder(tmp_path / "encoder")
