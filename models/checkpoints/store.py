"""A model folder: written and read whole, checked strictly. Laid out like diffusers' pipelines.

model_index.json                what it is, and the configuration of every net
unet/                           as UNet2DConditionModel.save_pretrained writes it, fp16
char_encoder/, vae/             one safetensors each, fp16
"""

import json
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from models.checkpoints.shards import load_shards, save_shards
from models.config import ModelConfig, SamplerConfig
from models.errors import BadModelError
from models.nets.autoencoder import Autoencoder
from models.nets.strip_net import StripNet

FORMAT = "respell-strip-1"
_UNET_STEM = "diffusion_pytorch_model"
_STEM = "model"

Config = TypeVar("Config")


@dataclass(frozen=True, eq=False)
class Model:
    """Everything that is needed to edit, on one device, in float32 and evaluation mode."""

    name: str
    config: ModelConfig
    sampler: SamplerConfig
    autoencoder: Autoencoder
    net: StripNet

    @property
    def device(self) -> torch.device:
        return self.autoencoder.latent_mean.device


def save_model(model: Model, folder: Path) -> None:
    """Write `folder`; files of at most 16 MiB."""
    folder.mkdir(parents=True, exist_ok=True)
    index = {
        "format": FORMAT,
        "name": model.name,
        "config": asdict(model.config),
        "sampler": asdict(model.sampler),
    }
    (folder / "model_index.json").write_text(json.dumps(index, indent=1) + "\n")
    for part, module in _parts(model).items():
        (folder / part).mkdir(exist_ok=True)
        save_shards(_halved(module), folder / part, _stem(part))
    model.net.unet.save_config(folder / "unet")


def load_model(folder: Path, *, device: str = "cpu") -> Model:
    """Read `folder` onto `device`. Raises BadModelError when it is missing, of another architecture, or damaged."""
    index = _read_index(folder)
    try:
        config = _from_dict(ModelConfig, index["config"])
        sampler = _from_dict(SamplerConfig, index["sampler"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadModelError(f"{folder / 'model_index.json'} does not describe a model: {error}") from error
    model = Model(index.get("name", folder.name), config, sampler, Autoencoder(config.autoencoder), StripNet(config))
    for part, module in _parts(model).items():
        try:
            tensors = load_shards(folder / part, _stem(part))
            module.load_state_dict({name: value.float() for name, value in tensors.items()})
        except (OSError, SafetensorError, RuntimeError) as error:
            raise BadModelError(f"{folder / part} is damaged or of another architecture: {error}") from error
        module.eval().requires_grad_(False).to(device)
    return model


def _read_index(folder: Path) -> dict[str, Any]:
    path = folder / "model_index.json"
    if not path.is_file():
        raise BadModelError(f"no model in {folder}: model_index.json is missing")
    try:
        index = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadModelError(f"{path} is not JSON: {error}") from error
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        got = index.get("format", index.get("_class_name")) if isinstance(index, dict) else type(index).__name__
        raise BadModelError(f"{path} is of the architecture {got!r}, allowed is {FORMAT!r}")
    return index


def _parts(model: Model) -> dict[str, nn.Module]:
    return {"vae": model.autoencoder, "char_encoder": model.net.char_encoder, "unet": model.net.unet}


def _stem(part: str) -> str:
    return _UNET_STEM if part == "unet" else _STEM


def _halved(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.to(torch.float16) for name, value in module.state_dict().items()}


def _from_dict(kind: type[Config], values: dict[str, Any]) -> Config:
    """A frozen config from JSON: nested dataclasses, lists as tuples, unknown and missing fields refused."""
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if set(values) != known:
        raise ValueError(f"{kind.__name__} has fields {sorted(known)}, got {sorted(values)}")
    hints = get_type_hints(kind)
    arguments = {}
    for name, value in values.items():
        hint = hints[name]
        nested = is_dataclass(hint) and isinstance(hint, type)
        arguments[name] = _from_dict(hint, value) if nested else tuple(value) if isinstance(value, list) else value
    return kind(**arguments)
