"""All shapes and settings as frozen data, and the legend of the shape letters. Knows no tensors.

Legend
    B batch · C channels · H, W image pixels · h, w latent cells · L characters of a text (padded)
    P positions of an attention layer (h·w) · D feature width · A attention heads · N candidates
"""

from dataclasses import dataclass
from typing import Literal

STRIP_HEIGHT_PX = 64
STRIP_WIDTHS_PX = (128, 256, 512)
LATENT_FACTOR = 4  # one latent cell is 4×4 strip pixels


@dataclass(frozen=True)
class AutoencoderConfig:
    """The f = 4 autoencoder."""

    latent_channels: int = 8
    channels: int = 112  # at the latent resolution
    fine_channels: int = 48  # at twice the latent resolution
    num_blocks: int = 3


@dataclass(frozen=True)
class CharEncoderConfig:
    """The character encoder: ids → one feature a character."""

    num_classes: int = 96
    max_chars: int = 24
    dim: int = 192
    num_layers: int = 2
    num_heads: int = 4


@dataclass(frozen=True)
class UNetConfig:
    """diffusers' UNet2DConditionModel over [noisy | masked context | source | glyph | mask] latents."""

    latent_channels: int = 8
    glyph_channels: int = LATENT_FACTOR * LATENT_FACTOR  # pixel-unshuffled ×4
    block_out_channels: tuple[int, ...] = (64, 128, 192)
    layers_per_block: int = 1
    attention_levels: tuple[bool, ...] = (False, True, True)
    self_attention_levels: tuple[bool, ...] = (False, False, True)
    head_dim: int = 32
    cross_attention_dim: int = 192

    @property
    def in_channels(self) -> int:
        return 3 * self.latent_channels + self.glyph_channels + 1


@dataclass(frozen=True)
class FaceNetConfig:
    """The classifier of fonts; its input is a specimen, (40, 320)."""

    num_fonts: int = 663
    height_px: int = 40
    channels: tuple[int, int, int, int] = (24, 48, 96, 160)
    features: int = 256
    dropout: float = 0.1


@dataclass(frozen=True)
class FaceMatcherConfig:
    """Fonts recognised → bundled faces, by the names of their files."""

    net: FaceNetConfig = FaceNetConfig()
    faces: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelConfig:
    """One model folder: all nets together."""

    autoencoder: AutoencoderConfig = AutoencoderConfig()
    char_encoder: CharEncoderConfig = CharEncoderConfig()
    unet: UNetConfig = UNetConfig()
    face_matcher: FaceMatcherConfig = FaceMatcherConfig()
    sigma_data: float = 1.0


@dataclass(frozen=True)
class Sampling:
    """What every way of sampling has. All of it is in the report of an edit."""

    num_inference_steps: int
    guidance_scale: float
    search_candidates: int  # initial noises tried a candidate; 1 = no search
    search_steps: int
    refine: bool
    refine_step_size: float  # in units of sigma


@dataclass(frozen=True)
class SamplerConfig(Sampling):
    """One way of sampling on strips."""

    num_inference_steps: int = 1
    guidance_scale: float = 1.0
    search_candidates: int = 1
    search_steps: int = 2
    refine: bool = False
    refine_step_size: float = 0.05
    sigma_min: float = 0.05
    sigma_max: float = 20.0
    rho: float = 5.0
    blend: bool = True
    residual_scale: float = 0.3  # of what the network changes in its draft, how much is kept: decision 010


@dataclass(frozen=True)
class LabelEncoderConfig:
    """UDiffText's character encoder: post-norm, its padding attends and is attended to."""

    num_classes: int = 95
    max_chars: int = 12
    dim: int = 2048
    num_layers: int = 12
    num_heads: int = 8
    dropout: float = 0.1


@dataclass(frozen=True)
class CropUNetConfig:
    """diffusers' UNet2DConditionModel over [noisy | mask | masked picture] latents: Stable Diffusion 2's for
    inpainting, with UDiffText's wider cross-attention.
    """

    latent_channels: int = 4
    block_out_channels: tuple[int, ...] = (320, 640, 1280, 1280)  # all but the last with attention
    layers_per_block: int = 2
    head_dim: int = 64
    cross_attention_dim: int = 2048
    norm_num_groups: int = 32

    @property
    def in_channels(self) -> int:
        return 2 * self.latent_channels + 1


@dataclass(frozen=True)
class CropAutoencoderConfig:
    """diffusers' AutoencoderKL, Stable Diffusion's."""

    latent_channels: int = 4
    block_out_channels: tuple[int, ...] = (128, 256, 512, 512)
    layers_per_block: int = 2
    norm_num_groups: int = 32
    scaling_factor: float = 0.18215

    @property
    def latent_factor(self) -> int:
        return int(2 ** (len(self.block_out_channels) - 1))


@dataclass(frozen=True)
class DdpmConfig:
    """The noise levels of the 1,000 timesteps: "scaled linear" betas."""

    num_train_timesteps: int = 1000
    beta_start: float = 0.00085
    beta_end: float = 0.012


@dataclass(frozen=True)
class CropModelConfig:
    """One model folder of the family that works on square crops: UDiffText and what was made from it."""

    autoencoder: CropAutoencoderConfig = CropAutoencoderConfig()
    char_encoder: LabelEncoderConfig = LabelEncoderConfig()
    unet: CropUNetConfig = CropUNetConfig()
    noise: DdpmConfig = DdpmConfig()
    crop_size_px: int = 512
    mask_resize: Literal["nearest", "bilinear"] = "bilinear"  # how the mask came to latent size in training

    def __post_init__(self) -> None:
        if self.mask_resize not in ("nearest", "bilinear"):
            raise ValueError(f"mask_resize is {self.mask_resize!r}, allowed are 'nearest' and 'bilinear'")


@dataclass(frozen=True)
class CropSamplerConfig(Sampling):
    """One way of sampling on crops: UDiffText's, and its published quirks to be switched on (decisions 021 and 022)."""

    num_inference_steps: int = 50
    guidance_scale: float = 5.0
    search_candidates: int = 10
    search_steps: int = 2
    refine: bool = False
    refine_step_size: float = 0.5
    batch_size: int = 10  # crops at once, twice with guidance: noises of a search; where it is no CPU, drawings
    encoder_dropout: bool = False  # dropout in the character encoder
    sample_posterior: bool = False  # the masked picture's latents are drawn, for each branch of guidance anew
    published_scores: bool = False  # search and refinement see maps that fade at the rim, and a mask sampled by points
    published_refinement: bool = False  # the network sees unscaled latents, and they move by the raw gradient


@dataclass(frozen=True)
class VisionTransformerConfig:
    """A pre-norm Vision Transformer on pictures of one size."""

    image_hw: tuple[int, int]
    patch_hw: tuple[int, int]
    channels: int
    dim: int
    num_heads: int
    num_layers: int
    class_token: bool
    mlp_ratio: int = 4

    @property
    def num_tokens(self) -> int:
        height, width = (side // patch for side, patch in zip(self.image_hw, self.patch_hw, strict=True))
        return height * width + self.class_token


@dataclass(frozen=True)
class ParseqConfig:
    """PARSeq base: a Vision Transformer and one decoder layer, which reads at most `max_chars` characters."""

    encoder: VisionTransformerConfig = VisionTransformerConfig(
        image_hw=(32, 128), patch_hw=(4, 8), channels=3, dim=384, num_heads=6, num_layers=12, class_token=False
    )
    max_chars: int = 25
    num_heads: int = 12
    mlp_ratio: int = 4


VITSTR_BASE = VisionTransformerConfig(
    image_hw=(224, 224), patch_hw=(16, 16), channels=1, dim=768, num_heads=12, num_layers=12, class_token=True
)
