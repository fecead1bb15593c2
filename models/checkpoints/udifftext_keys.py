"""Where each tensor of a published UDiffText or DreamText checkpoint belongs, or why it is left out. Names only.

A checkpoint's names are those of Stability's `generative-models` with UDiffText's own cross-attention, in two dialects:
v1 calls it `add_attn` and `add_norm` and keeps a `norm2` that nothing uses, v2 calls it `t_attn` and `t_norm`. Ours are
diffusers' for the U-Net and the autoencoder.
"""

import re
from dataclasses import dataclass
from typing import Literal

Dialect = Literal["v1", "v2"]
Part = Literal["unet", "char_encoder", "vae"]

UNET_PREFIX = "model.diffusion_model."
ENCODER_PREFIX = "conditioner.embedders.0."
VAE_PREFIX = "first_stage_model."
MASKED_VAE_PREFIX = "conditioner.embedders.2.model."
SIGMAS = "denoiser.sigmas"
BLUR_KERNEL = "loss_fn.g_kernel"

_TEXT_ATTENTION = {"v1": ("add_attn", "add_norm"), "v2": ("t_attn", "t_norm")}
_BLOCKS_A_LEVEL = 3  # two residual blocks and the way to the next level, or three residual blocks on the way up

_UNET_ENDS = {
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "input_blocks.0.0": "conv_in",
    "out.0": "conv_norm_out",
    "out.2": "conv_out",
}
_UNET_MIDDLE = {"0": "resnets.0", "1": "attentions.0", "2": "resnets.1"}
_UNET_RESIDUAL = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}
_VAE_MIDDLE = {"block_1": "resnets.0", "attn_1": "attentions.0", "block_2": "resnets.1"}
_VAE_ATTENTION = {"norm": "group_norm", "q": "to_q", "k": "to_k", "v": "to_v", "proj_out": "to_out.0"}
_ENCODER_HEADS = ("cls_head.", "pos_head.", "text_head.", "visual_head.", "visual_encoder.", "logit_scale")


@dataclass(frozen=True)
class Placed:
    """`name` in the `part`'s own state dict."""

    part: Part
    name: str


@dataclass(frozen=True)
class Dropped:
    """A tensor that isn't needed, and why not."""

    reason: str


def dialect_of(names: set[str]) -> Dialect | None:
    """The dialect of a checkpoint's U-Net; None where there is neither cross-attention, or both."""
    found = [
        dialect
        for dialect, (attention, _) in _TEXT_ATTENTION.items()
        if any(name.startswith(UNET_PREFIX) and f".{attention}." in name for name in names)
    ]
    return None if len(found) != 1 else "v1" if found == ["v1"] else "v2"


def destination(name: str, dialect: Dialect) -> Placed | Dropped | None:
    """Where a tensor of the big checkpoint goes; None for a name that no published checkpoint has."""
    if name.startswith(UNET_PREFIX):
        return _unet_destination(name.removeprefix(UNET_PREFIX), dialect)
    if name.startswith(ENCODER_PREFIX):
        return encoder_destination(name.removeprefix(ENCODER_PREFIX))
    if name.startswith(VAE_PREFIX):
        return vae_destination(name.removeprefix(VAE_PREFIX))
    if name.startswith(MASKED_VAE_PREFIX) and vae_destination(name.removeprefix(MASKED_VAE_PREFIX)) is not None:
        return Dropped("a second copy of the autoencoder, for the masked picture")
    if name == SIGMAS:
        return Dropped("the noise schedule, made anew")
    if name == BLUR_KERNEL:
        return Dropped("the Gaussian of the attention losses, made anew")
    if name.startswith("loss_fn.predictor."):
        return Dropped("the recogniser of the training loss")
    return None


def encoder_destination(name: str) -> Placed | Dropped | None:
    """Where a tensor of the character encoder's own checkpoint goes; its heads were for pre-training only."""
    if name == "label_embedding.weight":
        return Placed("char_encoder", "embedding.weight")
    if name == "pos_embedding.pe":
        return Placed("char_encoder", "positions")
    if name.startswith("encoder.layers."):
        return Placed("char_encoder", "layers." + name.removeprefix("encoder."))
    if name.startswith(_ENCODER_HEADS):
        return Dropped("a head or the image encoder of the character encoder's pre-training")
    return None


def vae_destination(name: str) -> Placed | None:
    """Where a tensor of the autoencoder's own file goes."""
    if name.startswith(("quant_conv.", "post_quant_conv.")):
        return Placed("vae", name)
    match = re.fullmatch(r"(encoder|decoder)\.(.+)", name)
    inner = None if match is None else _vae_inner(match[2], num_levels=4)
    return None if match is None or inner is None else Placed("vae", f"{match[1]}.{inner}")


def _unet_destination(name: str, dialect: Dialect) -> Placed | Dropped | None:
    stem, _, kind = name.rpartition(".")  # kind: weight or bias
    if stem in _UNET_ENDS:
        return Placed("unet", f"{_UNET_ENDS[stem]}.{kind}")
    match = re.fullmatch(r"(input_blocks|output_blocks|middle_block)\.(\d+)\.(.+)", name)
    if match is None:
        return None
    block, number, rest = match[1], int(match[2]), match[3]
    if block == "middle_block":
        place = _UNET_MIDDLE.get(match[2])
        return None if place is None else _unet_inner(f"mid_block.{place}", rest, dialect)
    layer, _, rest = rest.partition(".")
    up = block == "output_blocks"
    level, index = divmod(number if up else number - 1, _BLOCKS_A_LEVEL)
    side = "up" if up else "down"
    if up and (sampler := re.fullmatch(r"conv\.(weight|bias)", rest)):
        return Placed("unet", f"up_blocks.{level}.upsamplers.0.conv.{sampler[1]}")
    if not up and (sampler := re.fullmatch(r"op\.(weight|bias)", rest)):
        return Placed("unet", f"down_blocks.{level}.downsamplers.0.conv.{sampler[1]}")
    kinds = {"0": "resnets", "1": "attentions"}
    return _unet_inner(f"{side}_blocks.{level}.{kinds[layer]}.{index}", rest, dialect) if layer in kinds else None


def _unet_inner(place: str, rest: str, dialect: Dialect) -> Placed | Dropped | None:
    """`rest` is the name inside one residual block or one block of attention."""
    if ".resnets." in place:
        stem, _, kind = rest.rpartition(".")
        return Placed("unet", f"{place}.{_UNET_RESIDUAL[stem]}.{kind}") if stem in _UNET_RESIDUAL else None
    block = "transformer_blocks.0."
    if not rest.startswith(block):
        return Placed("unet", f"{place}.{rest}") if re.match(r"(norm|proj_in|proj_out)\.", rest) else None
    part, _, inner = rest.removeprefix(block).partition(".")
    attention, norm = _TEXT_ATTENTION[dialect]
    if part == "norm2" and dialect == "v1":
        return Dropped("a layer norm that v1 made and never used")
    names = {"attn1": "attn1", attention: "attn2", "norm1": "norm1", norm: "norm2", "norm3": "norm3", "ff": "ff"}
    return Placed("unet", f"{place}.{block}{names[part]}.{inner}") if part in names else None


def _vae_inner(name: str, *, num_levels: int) -> str | None:
    """The name inside encoder or decoder → diffusers' one."""
    if re.match(r"(conv_in|conv_out)\.", name):
        return name
    if name.startswith("norm_out."):
        return name.replace("norm_out", "conv_norm_out")
    if match := re.fullmatch(r"mid\.(block_1|attn_1|block_2)\.(\w+)\.(weight|bias)", name):
        inner = _VAE_ATTENTION.get(match[2]) if match[1] == "attn_1" else match[2]
        return None if inner is None else f"mid_block.{_VAE_MIDDLE[match[1]]}.{inner}.{match[3]}"
    if match := re.fullmatch(r"(down|up)\.(\d)\.(?:block\.(\d)\.(\w+)|(?:down|up)sample\.conv)\.(weight|bias)", name):
        side, number, index, inner, kind = match.groups()
        level = int(number) if side == "down" else num_levels - 1 - int(number)
        if index is None:
            return f"{side}_blocks.{level}.{side}samplers.0.conv.{kind}"
        inner = "conv_shortcut" if inner == "nin_shortcut" else inner
        return f"{side}_blocks.{level}.resnets.{index}.{inner}.{kind}"
    return None
