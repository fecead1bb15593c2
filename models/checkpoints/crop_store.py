"""The folder of a model that works on square crops: written and read whole, checked strictly. diffusers' layout.

model_index.json                what it is, and the configuration of every net
unet/, vae/, scheduler/         as diffusers' `from_pretrained` reads them
char_encoder/                   safetensors
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler
from safetensors import SafetensorError
from torch import Tensor, nn

from models.checkpoints.index import parse_config, read_index, write_index
from models.checkpoints.shards import load_shards, save_shards, write_shard_index
from models.config import CropModelConfig, CropSamplerConfig, DdpmConfig
from models.errors import BadModelError
from models.nets.crop_net import CropNet, build_crop_autoencoder

FORMAT = "respell-crop-1"
SHARD_BYTES = 2**29
_STEMS = {"unet": "diffusion_pytorch_model", "vae": "diffusion_pytorch_model", "char_encoder": "model"}


@dataclass(frozen=True, eq=False)
class CropModel:
    """Everything that is needed to edit, on one device and in evaluation mode; in float32 but for the U-Net on CUDA."""

    name: str
    config: CropModelConfig
    sampler: CropSamplerConfig
    autoencoder: AutoencoderKL
    net: CropNet

    @property
    def device(self) -> torch.device:
        return self.net.char_encoder.positions.device


def empty_nets(config: CropModelConfig) -> tuple[CropNet, AutoencoderKL]:
    """The nets on the meta device: names and shapes, no memory."""
    with torch.device("meta"):
        return CropNet(config), build_crop_autoencoder(config.autoencoder)


def parts_of(net: CropNet, autoencoder: AutoencoderKL) -> dict[str, nn.Module]:
    """The nets by the name of their folder."""
    return {"unet": net.unet, "char_encoder": net.char_encoder, "vae": autoencoder}


def write_crop_model(
    folder: Path,
    *,
    name: str,
    config: CropModelConfig,
    sampler: CropSamplerConfig,
    tensors: Mapping[str, Mapping[str, Tensor]],
) -> None:
    """Write `folder` from each part's `tensors`, in the precision they have; half a gigabyte in memory at a time."""
    net, autoencoder = empty_nets(config)
    folder.mkdir(parents=True)
    for part, stem in _STEMS.items():
        (folder / part).mkdir()
        paths = save_shards(tensors[part], folder / part, stem, max_bytes=SHARD_BYTES)
        write_shard_index(paths, stem)
    net.unet.save_config(folder / "unet")
    autoencoder.save_config(folder / "vae")
    euler_scheduler(config.noise).save_config(folder / "scheduler")
    write_index(folder, {"format": FORMAT, "name": name, "config": asdict(config), "sampler": asdict(sampler)})


def load_crop_model(folder: Path, *, device: str = "cpu") -> CropModel:
    """Read `folder` onto `device`. Raises BadModelError when it is missing, of another architecture, or damaged."""
    index = read_index(folder, FORMAT)
    config = parse_config(folder, index, "config", CropModelConfig)
    sampler = parse_config(folder, index, "sampler", CropSamplerConfig)
    net, autoencoder = empty_nets(config)
    for part, module in parts_of(net, autoencoder).items():
        try:
            tensors = load_shards(folder / part, _STEMS[part])
            dtype = unet_dtype(device) if part == "unet" else torch.float32
            # Assigned, not copied: the weights are in memory once.
            module.load_state_dict({name: value.to(dtype) for name, value in tensors.items()}, assign=True)
        except (OSError, SafetensorError, RuntimeError) as error:
            raise BadModelError(f"{folder / part} is damaged or of another architecture: {error}") from error
        module.eval().requires_grad_(False).to(device)
    return CropModel(index.get("name", folder.name), config, sampler, autoencoder, net)


def unet_dtype(device: str) -> torch.dtype:
    """bfloat16 where the device computes with it: half the memory and several times the speed."""
    has_bfloat16 = torch.device(device).type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if has_bfloat16 else torch.float32


def euler_scheduler(noise: DdpmConfig) -> EulerDiscreteScheduler:
    """What samples as published in diffusers' own pipelines."""
    return EulerDiscreteScheduler(
        num_train_timesteps=noise.num_train_timesteps,
        beta_start=noise.beta_start,
        beta_end=noise.beta_end,
        beta_schedule="scaled_linear",
        prediction_type="epsilon",
        timestep_spacing="trailing",
    )
