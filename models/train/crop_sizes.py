"""A model on crops that trains on two CPU cores in minutes: for trying the whole way, not for pictures."""

from models.config import CropAutoencoderConfig, CropModelConfig, CropUNetConfig, LabelEncoderConfig
from models.train.steps import StepsConfig

TINY = CropModelConfig(
    autoencoder=CropAutoencoderConfig(block_out_channels=(16, 32), layers_per_block=1, norm_num_groups=4),
    char_encoder=LabelEncoderConfig(max_chars=4, dim=64, num_layers=2, num_heads=2),
    unet=CropUNetConfig(
        block_out_channels=(16, 32, 64), layers_per_block=1, head_dim=16, cross_attention_dim=64, norm_num_groups=8
    ),
    crop_size_px=48,
)
TINY_LABELS = StepsConfig(60, 16, 2e-3, seed=0, ema_decay=0.9)
TINY_CROPS = StepsConfig(300, 4, 3e-3, seed=0, ema_decay=0.95, warmup_steps=20)
AUTOENCODER_STEPS = StepsConfig(60, 8, 1e-4, seed=0, ema_decay=0.9, warmup_steps=10)
