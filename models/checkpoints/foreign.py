"""Reads the weights in files that others wrote. Nothing in them is ever run."""

import pickle
import re
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from models.errors import BadModelError

_HASH_CHUNK_BYTES = 2**24


@dataclass(frozen=True, eq=False)
class ForeignWeights:
    """`tensors` of a file, in a mapped file where its format allows; `others`: what else stands in it, by name."""

    path: Path
    tensors: dict[str, Tensor]
    others: tuple[str, ...] = ()


def read_weights(path: Path) -> ForeignWeights:
    """A Lightning checkpoint (`state_dict` in a torch file), a torch file of tensors alone, or a safetensors file.

    Raises BadModelError for anything else, OSError where there is no file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    if path.suffix == ".safetensors":
        try:
            return ForeignWeights(path, load_file(path))
        except SafetensorError as error:
            raise BadModelError(f"{path} is no safetensors file, or an incomplete one: {error}") from error
    content = _unpickle(path)
    if not isinstance(content, dict):
        raise BadModelError(f"{path} is no checkpoint: it holds a {type(content).__name__}, needed is a state_dict")
    bare = bool(content) and all(isinstance(value, Tensor) for value in content.values())
    weights = content if bare else content.get("state_dict")
    if not isinstance(weights, dict) or not weights:
        entries = sorted(map(str, content))[:8]
        raise BadModelError(f"{path} is no checkpoint with weights: it holds {entries}, needed is a state_dict")
    for name, value in weights.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise BadModelError(f"{path} has {name!r} of type {type(value).__name__} in its state_dict, not a tensor")
    others = () if bare else tuple(sorted(str(key) for key in content if key != "state_dict"))
    return ForeignWeights(path, weights, others)


def sha256_of(path: Path) -> str:
    """Of the file's bytes, in hexadecimal."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_HASH_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _unpickle(path: Path) -> object:
    try:
        content: object = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
        return content
    except pickle.UnpicklingError as error:
        if match := re.search(r"GLOBAL ([\w.]+)", str(error)):
            raise BadModelError(
                f"{path} asks for {match[1]} while it is read, and may run it: nothing but tensors and plain values "
                "is read from a checkpoint"
            ) from error
        raise BadModelError(f"{path} is no torch checkpoint, or an incomplete one") from error
    except (RuntimeError, EOFError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise BadModelError(f"{path} is no torch checkpoint, or an incomplete one: {error}") from error
