"""Published UDiffText and DreamText checkpoints → a model folder. Every tensor is used or knowingly left out.

Where a file has several of a net the authors' own order holds: the big checkpoint's goes before the separate files'.
Weights keep their precision. Nothing is written unless everything fits.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import torch
from torch import Tensor

from models.checkpoints.crop_store import empty_nets, parts_of, write_crop_model
from models.checkpoints.foreign import ForeignWeights, read_weights, sha256_of
from models.checkpoints.known_files import known_file, namesake
from models.checkpoints.udifftext_keys import (
    MASKED_VAE_PREFIX,
    SIGMAS,
    VAE_PREFIX,
    Dialect,
    Dropped,
    Placed,
    destination,
    dialect_of,
    encoder_destination,
    vae_destination,
)
from models.config import CropModelConfig, CropSamplerConfig
from models.diffusion.ddpm import ddpm_levels
from models.errors import BadModelError

REPORT_NAME = "conversion.json"
_NAMED = 3  # of the names that are wrong, how many a message has
_UNUSED = "not used: the checkpoint's own goes before"
_MASK_RESIZE: dict[Dialect, Literal["nearest", "bilinear"]] = {"v1": "nearest", "v2": "bilinear"}
_WHERE_ELSE = {"char_encoder": "--encoder", "vae": "--autoencoder"}

Rule = Callable[[str], Placed | Dropped | None]


@dataclass(frozen=True)
class Source:
    """A file that was read; `known` is what it is, where its sha256 is a published one's."""

    path: str
    sha256: str
    known: str | None
    suspicion: str | None


@dataclass
class Conversion:
    """What was done: which tensors of which parts were placed, and which were left out for which reason."""

    dialect: Dialect
    sources: list[Source] = field(default_factory=list)
    placed: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, list[str]] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)  # what isn't weights, by file


def convert_udifftext(
    checkpoint: Path,
    out: Path,
    *,
    encoder: Path | None = None,
    autoencoder: Path | None = None,
    config: CropModelConfig | None = None,
) -> Conversion:
    """Write the model folder `out`, which must not exist, with a report. `config` is for other sizes than published.

    Raises BadModelError for files that don't hold what is needed, all of it and nothing unknown.
    """
    if out.exists():
        raise BadModelError(f"{out} exists: name a folder that doesn't")
    big = read_weights(checkpoint)
    dialect = dialect_of(set(big.tensors))
    if dialect is None:
        raise BadModelError(
            f"{checkpoint} is of neither dialect: the U-Net's cross-attention must be called add_attn (v1) or t_attn "
            f"(v2), and its tensors model.diffusion_model.…; there are {_some(sorted(big.tensors))}"
        )
    size = replace(config or CropModelConfig(), mask_resize=_MASK_RESIZE[dialect])
    conversion = Conversion(dialect)
    parts: dict[str, dict[str, Tensor]] = {"unet": {}, "char_encoder": {}, "vae": {}}
    _place(big, lambda name: destination(name, dialect), parts, conversion)
    _check_agreement(big, size)
    if encoder is not None:
        _place_file(read_weights(encoder), "char_encoder", encoder_destination, parts, conversion)
    if autoencoder is not None:
        _place_file(read_weights(autoencoder), "vae", vae_destination, parts, conversion)
    net, vae = empty_nets(size)
    for part, module in parts_of(net, vae).items():
        parts[part] = _checked(part, parts[part], module.state_dict())
        conversion.placed[part] = len(parts[part])
    conversion.sources = [_source(path) for path in (checkpoint, encoder, autoencoder) if path is not None]
    with TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
        folder = Path(scratch) / out.name
        write_crop_model(folder, name=out.name, config=size, sampler=CropSamplerConfig(), tensors=parts)
        report = {**vars(conversion), "sources": [vars(source) for source in conversion.sources]}
        (folder / REPORT_NAME).write_text(json.dumps(report, indent=1) + "\n")
        folder.rename(out)
    return conversion


def _place(weights: ForeignWeights, rule: Rule, parts: Mapping[str, dict[str, Tensor]], conversion: Conversion) -> None:
    """Every tensor of the file to its place, or to the list of those left out."""
    unknown = []
    for name, tensor in weights.tensors.items():
        place = rule(name)
        if isinstance(place, Placed):
            parts[place.part][place.name] = tensor
        elif isinstance(place, Dropped):
            conversion.dropped.setdefault(place.reason, []).append(name)
        else:
            unknown.append(name)
    if unknown:
        raise BadModelError(
            f"{weights.path} has {len(unknown)} tensors that no published checkpoint of this kind has: {_some(unknown)}"
        )
    if weights.others:
        conversion.others[weights.path.name] = list(weights.others)


def _place_file(
    weights: ForeignWeights, part: str, rule: Rule, parts: dict[str, dict[str, Tensor]], conversion: Conversion
) -> None:
    """A file of one net: read strictly, then used only if the big checkpoint has none of that net."""
    found: dict[str, dict[str, Tensor]] = {part: {}}
    if parts[part]:
        unused = Conversion(conversion.dialect)
        _place(weights, rule, found, unused)
        conversion.dropped.setdefault(_UNUSED, []).extend(weights.tensors)
        return
    _place(weights, rule, found, conversion)
    parts[part] = found[part]


def _checked(part: str, tensors: dict[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors in the net's own order and shapes. Raises BadModelError for missing ones and wrong shapes."""
    if not tensors and part in _WHERE_ELSE:
        raise BadModelError(f"the checkpoint has no {part}: give the file that has it with {_WHERE_ELSE[part]}")
    if missing := [name for name in expected if name not in tensors]:
        raise BadModelError(f"{len(missing)} of {len(expected)} tensors of the {part} are missing: {_some(missing)}")
    if surplus := [name for name in tensors if name not in expected]:
        raise BadModelError(f"the {part} has {len(surplus)} tensors too many: {_some(surplus)}")
    fitting, wrong = {}, []
    for name, like in expected.items():
        tensor = tensors[name]
        if part == "vae" and like.ndim == 2 and tensor.ndim == 4:  # the attention's 1×1 convolutions are linear layers
            tensor = tensor.flatten(1) if tensor.shape[2:] == (1, 1) else tensor
        if tensor.shape != like.shape or not tensor.is_floating_point():
            wrong.append(f"{name} is {tuple(tensor.shape)} {tensor.dtype}, needed is {tuple(like.shape)}")
        fitting[name] = tensor
    if wrong:
        raise BadModelError(f"{len(wrong)} tensors of the {part} have another shape or type: {_some(wrong)}")
    return fitting


def _check_agreement(big: ForeignWeights, config: CropModelConfig) -> None:
    """What is left out because it is made anew, or there twice, must be what we take it for."""
    levels = big.tensors.get(SIGMAS)
    if levels is not None:
        ours = ddpm_levels(config.noise)
        if levels.shape != ours.shape or not torch.allclose(levels.float(), ours, rtol=1e-3, atol=1e-4):
            raise BadModelError(f"{big.path} was made for another noise schedule: {SIGMAS} differs from the published")
    for name, tensor in big.tensors.items():
        twin = big.tensors.get(VAE_PREFIX + name.removeprefix(MASKED_VAE_PREFIX))
        if name.startswith(MASKED_VAE_PREFIX) and twin is not None and not torch.equal(tensor, twin):
            raise BadModelError(f"{big.path} has two different autoencoders: {name} is not its twin {VAE_PREFIX}…")


def _source(path: Path) -> Source:
    digest = sha256_of(path)
    known, twin = known_file(digest), namesake(path.stat().st_size)
    suspicion = None
    if known is None and twin is not None:
        suspicion = f"it is as long as the published {twin.name}, but another file: is the download damaged?"
    return Source(path.name, digest, None if known is None else f"{known.name} of {known.source}", suspicion)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
