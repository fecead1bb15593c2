"""All shapes and settings as frozen data, and the legend of the shape letters. Knows no tensors.

Legend
    B batch · C channels · H, W image pixels · h, w latent cells · L characters of a text (padded)
    P positions of an attention layer (h·w) · D feature width · A attention heads · N candidates
"""

from dataclasses import dataclass

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
class SamplerConfig:
    """One way of sampling. Everything here is in the report of an edit."""

    num_inference_steps: int = 1
    guidance_scale: float = 1.0
    sigma_min: float = 0.05
    sigma_max: float = 20.0
    rho: float = 5.0
    search_candidates: int = 4  # initial noises tried a candidate; 1 = no search
    search_steps: int = 2
    refine: bool = True
    refine_step_size: float = 0.05  # in units of sigma
    blend: bool = True
    residual_scale: float = 0.3  # of what the network changes in its draft, how much is kept: decision 010
