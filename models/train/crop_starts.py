"""Where training on crops begins: a model folder, Stable Diffusion for inpainting, or nothing. And what is trained.

As published, Stable Diffusion's cross-attention and its norm are dropped and made anew, the output projection at zero.
"""

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import nn

from models.checkpoints.crop_store import load_crop_model, parts_of, write_crop_model
from models.checkpoints.index import INDEX_NAME
from models.config import CropAutoencoderConfig, CropModelConfig, CropSamplerConfig, CropUNetConfig, LabelEncoderConfig
from models.errors import BadModelError
from models.nets.crop_net import CropNet, build_crop_autoencoder
from models.nets.label_encoder import LabelEncoder

TrainedSet = Literal["attention", "attention-and-norm", "unet"]
_TRAINED: dict[TrainedSet, re.Pattern[str]] = {
    "attention": re.compile(r"\.transformer_blocks\.\d+\.attn2\."),
    "attention-and-norm": re.compile(r"\.transformer_blocks\.\d+\.(attn2|norm2)\."),
    "unet": re.compile(""),
}


@dataclass(frozen=True, eq=False)
class Start:
    """The nets as training takes them up."""

    config: CropModelConfig
    net: CropNet
    autoencoder: AutoencoderKL


def select_trained(net: CropNet, trained: TrainedSet) -> None:
    """Only these of the network's parameters require gradients; the character encoder's never do.

    As published it is the cross-attention alone (in its first version) or with the norm before it.
    """
    if trained not in _TRAINED:
        raise ValueError(f"trained is {trained!r}, allowed are {sorted(_TRAINED)}")
    net.requires_grad_(False)
    for name, parameter in net.unet.named_parameters():
        parameter.requires_grad_(bool(_TRAINED[trained].search(name)))


def start_from_nothing(
    config: CropModelConfig, *, seed: int, encoder: LabelEncoder, autoencoder: AutoencoderKL
) -> Start:
    """A random U-Net of `config` beside the trained nets. Raises BadModelError where those are of another size."""
    scale = autoencoder.config.scaling_factor
    config = replace(config, autoencoder=replace(config.autoencoder, scaling_factor=scale))
    if (encoder.config, autoencoder_config(autoencoder)) != (config.char_encoder, config.autoencoder):
        raise BadModelError(
            f"the U-Net goes with {config.char_encoder} and {config.autoencoder}, given are {encoder.config} and "
            f"{autoencoder_config(autoencoder)}"
        )
    torch.manual_seed(seed)
    net = CropNet(config)
    silence_attention(net.unet)
    net.char_encoder.load_state_dict(encoder.state_dict())
    return Start(config, net, autoencoder)


def load_autoencoder(folder: Path) -> AutoencoderKL:
    """The one in `folder`/vae, in diffusers' layout. Raises BadModelError."""
    try:
        return AutoencoderKL.from_pretrained(folder / "vae", use_safetensors=True, low_cpu_mem_usage=False)
    except (OSError, ValueError) as error:
        raise BadModelError(f"{folder / 'vae'} is no autoencoder in diffusers' layout: {error}") from error


def autoencoder_config(autoencoder: AutoencoderKL) -> CropAutoencoderConfig:
    """diffusers' description in our words."""
    config = autoencoder.config
    return CropAutoencoderConfig(
        latent_channels=config.latent_channels,
        block_out_channels=tuple(config.block_out_channels),
        layers_per_block=config.layers_per_block,
        norm_num_groups=config.norm_num_groups,
        scaling_factor=config.scaling_factor,
    )


def start_from_folder(folder: Path, *, seed: int, encoder: LabelEncoder | None) -> Start:
    """A model folder, or Stable Diffusion's for inpainting in diffusers' layout, which needs an `encoder`.

    Raises BadModelError for anything else.
    """
    if not (folder / INDEX_NAME).is_file():
        raise BadModelError(f"no model in {folder}: {INDEX_NAME} is missing")
    if not (folder / "char_encoder").is_dir():
        return _start_from_stable_diffusion(folder, seed=seed, encoder=encoder)
    model = load_crop_model(folder)
    if encoder is not None:
        if encoder.config != model.config.char_encoder:
            raise BadModelError(
                f"the encoder is {encoder.config}, the model in {folder} takes {model.config.char_encoder}"
            )
        model.net.char_encoder.load_state_dict(encoder.state_dict())
    return Start(model.config, model.net, model.autoencoder)


def save_start(start: Start, folder: Path, *, name: str) -> None:
    """The nets as a model folder, in the place of an older one."""
    shutil.rmtree(folder, ignore_errors=True)
    tensors = {part: module.state_dict() for part, module in parts_of(start.net, start.autoencoder).items()}
    write_crop_model(folder, name=name, config=start.config, sampler=CropSamplerConfig(), tensors=tensors)


def silence_attention(unet: nn.Module) -> None:
    """Zero the cross-attention's output projections: the network begins as if there were none."""
    for name, parameter in unet.named_parameters():
        if ".attn2.to_out." in name:
            nn.init.zeros_(parameter)


def _start_from_stable_diffusion(folder: Path, *, seed: int, encoder: LabelEncoder | None) -> Start:
    if encoder is None:
        raise BadModelError(f"{folder} has no character encoder: name a trained one")
    try:
        given = UNet2DConditionModel.from_pretrained(folder / "unet", use_safetensors=True, low_cpu_mem_usage=False)
    except (OSError, ValueError) as error:
        raise BadModelError(f"{folder} is no folder of Stable Diffusion for inpainting: {error}") from error
    vae = load_autoencoder(folder)
    config = _config_of(given, vae, encoder.config)
    torch.manual_seed(seed)
    net = CropNet(config)
    silence_attention(net.unet)
    kept = {k: v.float() for k, v in given.state_dict().items() if not _TRAINED["attention-and-norm"].search(k)}
    missing, surplus = net.unet.load_state_dict(kept, strict=False)
    if surplus or (wrong := [name for name in missing if not _TRAINED["attention-and-norm"].search(name)]):
        raise BadModelError(f"{folder / 'unet'} is of another architecture: {(surplus or wrong)[:3]}")
    net.char_encoder.load_state_dict(encoder.state_dict())
    autoencoder = build_crop_autoencoder(config.autoencoder)
    autoencoder.load_state_dict(vae.float().state_dict())
    return Start(config, net, autoencoder)


def _config_of(unet: UNet2DConditionModel, vae: AutoencoderKL, encoder: LabelEncoderConfig) -> CropModelConfig:
    """The sizes of the nets in a folder of diffusers', with our encoder's width for the cross-attention."""
    heads = unet.config.attention_head_dim  # diffusers' name for their number
    heads = heads if isinstance(heads, int) else heads[0]
    published = CropModelConfig()
    return replace(
        published,
        unet=CropUNetConfig(
            latent_channels=unet.config.out_channels,
            block_out_channels=tuple(unet.config.block_out_channels),
            layers_per_block=unet.config.layers_per_block,
            head_dim=unet.config.block_out_channels[0] // heads,
            cross_attention_dim=encoder.dim,
            norm_num_groups=unet.config.norm_num_groups,
        ),
        autoencoder=autoencoder_config(vae),
        char_encoder=encoder,
    )
