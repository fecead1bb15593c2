"""The network inside the denoiser: character encoder and diffusers' U-Net over latents and all known of a strip.

Knows one forward pass; noise levels and scalings are the business of `diffusion`.
"""

from dataclasses import dataclass, fields, replace

import torch
from diffusers import UNet2DConditionModel
from einops import repeat
from torch import Tensor, nn
from torch.nn import functional as F

from models.config import LATENT_FACTOR, ModelConfig, UNetConfig
from models.nets.attention import AttentionRecorder, RecordingAttention
from models.nets.char_encoder import CharEncoder

_TIMESTEP_SCALE = 1000.0  # diffusers' sinusoids are made for 0..1000


@dataclass(frozen=True)
class Condition:
    """What the network sees besides the noisy latents, for B strips.

    `draft_latents` (B, C, h, w): the strip with the old word erased and the new one typeset.
    `source_latents` (B, C, h, w): the old word, or zeros.
    `glyph` (B, 1, H, W) in [0, 1]: the new letters in the neutral font where they are to stand.
    `mask` (B, 1, h, w), 1 = repaint; `char_ids` (B, L); `char_valid` (B, L).
    """

    draft_latents: Tensor
    source_latents: Tensor
    glyph: Tensor
    mask: Tensor
    char_ids: Tensor
    char_valid: Tensor

    def repeat(self, times: int) -> "Condition":
        """Every strip `times` times in a row."""
        return Condition(**{f.name: repeat(getattr(self, f.name), "b ... -> (b n) ...", n=times) for f in fields(self)})

    def without_text(self) -> "Condition":
        """The same strips without the letters' names and shapes: the unconditional branch of guidance."""
        return replace(
            self,
            glyph=torch.zeros_like(self.glyph),
            char_ids=torch.zeros_like(self.char_ids),
            char_valid=torch.zeros_like(self.char_valid),
        )


class StripNet(nn.Module):
    """(scaled noisy latents, c_noise, condition) → the raw output that the scalings turn into denoised latents."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.char_encoder = CharEncoder(config.char_encoder)
        self.unet = build_unet(config.unet)

    def forward(
        self, latents: Tensor, c_noise: Tensor, condition: Condition, recorder: AttentionRecorder | None = None
    ) -> Tensor:
        """`latents` (B, C, h, w), `c_noise` (B,) → (B, C, h, w); `recorder` collects the cross-attention."""
        glyph = F.pixel_unshuffle(condition.glyph * 2 - 1, LATENT_FACTOR)  # (B, 16, h, w)
        inputs = torch.cat(
            [latents, condition.draft_latents, condition.source_latents, glyph, condition.mask * 2 - 1], dim=1
        )
        characters = self.char_encoder(condition.char_ids, condition.char_valid)  # (B, L, D)
        output: Tensor = self.unet(
            inputs,
            c_noise * _TIMESTEP_SCALE,
            encoder_hidden_states=characters,
            cross_attention_kwargs={"recorder": recorder, "char_valid": condition.char_valid},
            return_dict=False,
        )[0]
        # The network draws what the draft lacks. EDM's target holds the picture with a share of c_out / sigma_data,
        # which is sqrt(sigmoid(2 ln(sigma))) where sigma_data is 1, and c_noise is ln(sigma) / 4.
        share = torch.sigmoid(8 * c_noise).sqrt()[:, None, None, None]
        return output + share * condition.draft_latents


def build_unet(config: UNetConfig) -> UNet2DConditionModel:
    """diffusers' U-Net with the plain, recordable attention on every layer."""
    down = tuple("CrossAttnDownBlock2D" if has else "DownBlock2D" for has in config.attention_levels)
    up = tuple("CrossAttnUpBlock2D" if has else "UpBlock2D" for has in reversed(config.attention_levels))
    unet = UNet2DConditionModel(
        in_channels=config.in_channels,
        out_channels=config.latent_channels,
        block_out_channels=config.block_out_channels,
        layers_per_block=config.layers_per_block,
        down_block_types=down,
        up_block_types=up,
        only_cross_attention=tuple(not has for has in config.self_attention_levels),
        attention_head_dim=tuple(channels // config.head_dim for channels in config.block_out_channels),
        cross_attention_dim=config.cross_attention_dim,
        norm_num_groups=16,
        use_linear_projection=True,
    )
    unet.set_attn_processor(RecordingAttention())
    nn.init.zeros_(unet.conv_out.weight)
    nn.init.zeros_(unet.conv_out.bias)
    return unet
