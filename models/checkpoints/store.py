"""A model folder: written and read whole, checked strictly. Laid out like diffusers' pipelines.

model_index.json                what it is, and the configuration of every net
unet/                           as UNet2DConditionModel.save_pretrained writes it, fp16
char_encoder/, vae/, face_matcher/  one safetensors each, fp16
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from models.checkpoints.folders import BUILT_IN
from models.checkpoints.index import config_from_dict, parse_config, read_index, write_index
from models.checkpoints.shards import load_shards, save_shards
from models.config import FaceMatcherConfig, ModelConfig, SamplerConfig
from models.errors import BadModelError
from models.nets.autoencoder import Autoencoder
from models.nets.face_net import FaceMatcher
from models.nets.strip_net import StripNet

FORMAT = "respell-strip-2"
_UNET_STEM = "diffusion_pytorch_model"
_STEM = "model"
_MATCHER_CONFIG, _MATCHER_STEM = "face_matcher.json", "final"


@dataclass(frozen=True, eq=False)
class Model:
    """Everything that is needed to edit, on one device, in float32 and evaluation mode."""

    name: str
    config: ModelConfig
    sampler: SamplerConfig
    autoencoder: Autoencoder
    net: StripNet
    face_matcher: FaceMatcher

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
    write_index(folder, index)
    for part, module in _parts(model).items():
        (folder / part).mkdir(exist_ok=True)
        save_shards(_halved(module), folder / part, _stem(part))
    model.net.unet.save_config(folder / "unet")


def load_model(folder: Path, *, device: str = "cpu") -> Model:
    """Read `folder` onto `device`. Raises BadModelError when it is missing, of another architecture, or damaged."""
    index = read_index(folder, FORMAT)
    config = parse_config(folder, index, "config", ModelConfig)
    sampler = parse_config(folder, index, "sampler", SamplerConfig)
    name, matcher = index.get("name", folder.name), FaceMatcher(config.face_matcher)
    model = Model(name, config, sampler, Autoencoder(config.autoencoder), StripNet(config), matcher)
    for part, module in _parts(model).items():
        try:
            tensors = load_shards(folder / part, _stem(part))
            module.load_state_dict({name: value.float() for name, value in tensors.items()})
        except (OSError, SafetensorError, RuntimeError) as error:
            raise BadModelError(f"{folder / part} is damaged or of another architecture: {error}") from error
        module.eval().requires_grad_(False).to(device)
    return model


def save_face_matcher(matcher: FaceMatcher, folder: Path) -> None:
    """Write a finished matcher, for a model that is put together later."""
    (folder / _MATCHER_CONFIG).write_text(json.dumps(asdict(matcher.config), indent=1) + "\n")
    save_shards(_halved(matcher), folder, _MATCHER_STEM)


def load_face_matcher(folder: Path) -> FaceMatcher:
    """What `save_face_matcher` wrote. Raises BadModelError when it is missing or damaged."""
    try:
        matcher = FaceMatcher(config_from_dict(FaceMatcherConfig, json.loads((folder / _MATCHER_CONFIG).read_text())))
        matcher.load_state_dict(load_shards(folder, _MATCHER_STEM))
    except (OSError, SafetensorError, RuntimeError, ValueError, TypeError) as error:
        raise BadModelError(f"no finished matcher of faces in {folder}: {error}") from error
    return matcher.eval().requires_grad_(False)


def load_built_in_matcher() -> FaceMatcher:
    """The matcher of faces of the model that came with Respell, for models that have none."""
    folder = BUILT_IN / "face_matcher"
    config = parse_config(BUILT_IN, read_index(BUILT_IN, FORMAT), "config", ModelConfig)
    matcher = FaceMatcher(config.face_matcher)
    try:
        matcher.load_state_dict({name: value.float() for name, value in load_shards(folder, _STEM).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise BadModelError(f"{folder} is damaged or of another architecture: {error}") from error
    return matcher.eval().requires_grad_(False)


def _parts(model: Model) -> dict[str, nn.Module]:
    return {
        "vae": model.autoencoder,
        "char_encoder": model.net.char_encoder,
        "unet": model.net.unet,
        "face_matcher": model.face_matcher,
    }


def _stem(part: str) -> str:
    return _UNET_STEM if part == "unet" else _STEM


def _halved(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.to(torch.float16) for name, value in module.state_dict().items()}
