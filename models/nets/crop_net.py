"""The nets of the family that works on square crops: character encoder, inpainting U-Net, AutoencoderKL.

Knows one forward pass; noise levels and scalings are the business of `diffusion`.
"""

from dataclasses import dataclass, fields, replace

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from einops import repeat
from torch import Tensor, nn

from models.config import CropAutoencoderConfig, CropModelConfig, CropUNetConfig
from models.nets.attention import AttentionRecorder, RecordingAttention
from models.nets.label_encoder import LabelEncoder


@dataclass(frozen=True)
class CropCondition:
    """What the network sees besides the noisy latents, for B crops.

    `masked_latents` (B, C, h, w): the picture with the mask's inside mid grey. `mask` (B, 1, h, w), 1 = repaint.
    `characters` (B, L, D): the encoded text; `char_valid` (B, L).
    """

    masked_latents: Tensor
    mask: Tensor
    characters: Tensor
    char_valid: Tensor

    def repeat(self, times: int) -> "CropCondition":
        """Every crop `times` times in a row."""
        return CropCondition(
            **{f.name: repeat(getattr(self, f.name), "b ... -> (b n) ...", n=times) for f in fields(self)}
        )

    def one(self, index: int) -> "CropCondition":
        """A single crop of these."""
        return CropCondition(**{f.name: getattr(self, f.name)[index : index + 1] for f in fields(self)})

    def beside(self, other: "CropCondition") -> "CropCondition":
        """These crops, and after them the other's."""
        names = [f.name for f in fields(self)]
        return CropCondition(**{name: torch.cat([getattr(self, name), getattr(other, name)]) for name in names})

    def without_text(self) -> "CropCondition":
        """The unconditional branch of guidance: zeros instead of characters, not the encoding of an empty text."""
        return replace(self, characters=torch.zeros_like(self.characters), char_valid=torch.zeros_like(self.char_valid))


class CropNet(nn.Module):
    """(scaled noisy latents, timesteps, condition) → the noise in them."""

    def __init__(self, config: CropModelConfig) -> None:
        super().__init__()
        self.char_encoder = LabelEncoder(config.char_encoder)
        self.unet = build_inpainting_unet(config.unet)

    def forward(
        self, latents: Tensor, timesteps: Tensor, condition: CropCondition, recorder: AttentionRecorder | None = None
    ) -> Tensor:
        """`latents` (B, C, h, w), `timesteps` (B,) → (B, C, h, w); `recorder` collects the cross-attention.

        The U-Net works in the precision of its weights; what goes in and comes out is float32.
        """
        inputs = torch.cat([latents, condition.mask, condition.masked_latents], dim=1)
        noise_pred: Tensor = self.unet(
            inputs.to(self.unet.dtype),
            timesteps,
            encoder_hidden_states=condition.characters.to(self.unet.dtype),
            cross_attention_kwargs={"recorder": recorder},
            return_dict=False,
        )[0]
        return noise_pred.float()


def build_inpainting_unet(config: CropUNetConfig) -> UNet2DConditionModel:
    """diffusers' U-Net as Stable Diffusion 2 has it for inpainting, with recordable cross-attention."""
    levels = len(config.block_out_channels)
    unet = UNet2DConditionModel(
        sample_size=64,
        in_channels=config.in_channels,
        out_channels=config.latent_channels,
        block_out_channels=config.block_out_channels,
        layers_per_block=config.layers_per_block,
        down_block_types=("CrossAttnDownBlock2D",) * (levels - 1) + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * (levels - 1),
        attention_head_dim=tuple(channels // config.head_dim for channels in config.block_out_channels),
        cross_attention_dim=config.cross_attention_dim,
        norm_num_groups=config.norm_num_groups,
        use_linear_projection=True,
    )
    unet.set_attn_processor(RecordingAttention(fused=True))
    return unet


def build_crop_autoencoder(config: CropAutoencoderConfig) -> AutoencoderKL:
    """diffusers' AutoencoderKL as Stable Diffusion has it."""
    levels = len(config.block_out_channels)
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        block_out_channels=config.block_out_channels,
        layers_per_block=config.layers_per_block,
        latent_channels=config.latent_channels,
        norm_num_groups=config.norm_num_groups,
        sample_size=512,
        scaling_factor=config.scaling_factor,
    )
