"""The character encoder of the crop family by itself, as its own training leaves it and the next stage takes it up."""

from dataclasses import asdict
from pathlib import Path

from safetensors import SafetensorError
from torch import nn

from models.checkpoints.crop_store import FORMAT as CROP_FORMAT
from models.checkpoints.index import parse_config, read_index, write_index
from models.checkpoints.shards import load_shards, save_shards
from models.config import CropModelConfig, LabelEncoderConfig
from models.errors import BadModelError
from models.nets.label_encoder import LabelEncoder

FORMAT = "respell-label-encoder-1"
_PART, _STEM = "char_encoder", "model"


def save_label_encoder(encoder: LabelEncoder, folder: Path) -> None:
    """Write `folder`, over an older one."""
    (folder / _PART).mkdir(parents=True, exist_ok=True)
    save_shards(encoder.state_dict(), folder / _PART, _STEM, max_bytes=2**29)
    write_index(folder, {"format": FORMAT, "config": asdict(encoder.config)})


def load_label_encoder(folder: Path) -> LabelEncoder:
    """From such a folder, or from a whole model's. Raises BadModelError for any other, or a damaged one."""
    index = read_index(folder, FORMAT, CROP_FORMAT)
    if index["format"] == FORMAT:
        config = parse_config(folder, index, "config", LabelEncoderConfig)
    else:
        config = parse_config(folder, index, "config", CropModelConfig).char_encoder
    encoder = LabelEncoder(config)
    frozen: nn.Module = encoder.eval().requires_grad_(False)
    try:
        frozen.load_state_dict({name: t.float() for name, t in load_shards(folder / _PART, _STEM).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise BadModelError(f"{folder / _PART} is damaged or of another architecture: {error}") from error
    return encoder
