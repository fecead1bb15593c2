"""The crop family at a size for tests: the same classes and names, two dozen channels, crops of 64 px."""

import json
import shutil
from pathlib import Path

from models.checkpoints.index import INDEX_NAME
from models.config import CropAutoencoderConfig, CropModelConfig, CropUNetConfig, LabelEncoderConfig

TINY_CROP = CropModelConfig(
    autoencoder=CropAutoencoderConfig(block_out_channels=(8, 8, 16, 16), norm_num_groups=4),
    char_encoder=LabelEncoderConfig(dim=32, num_layers=2, num_heads=2),
    unet=CropUNetConfig(block_out_channels=(16, 16, 32, 32), head_dim=8, cross_attention_dim=32, norm_num_groups=8),
    crop_size_px=64,
)


def with_quick_sampler(folder: Path, to: Path) -> Path:
    """A copy of a model folder that samples in 2 steps without a search."""
    shutil.copytree(folder, to)
    index = json.loads((to / INDEX_NAME).read_text())
    index["sampler"] |= {"num_inference_steps": 2, "search_candidates": 1}
    (to / INDEX_NAME).write_text(json.dumps(index))
    return to
