"""A state dict as several safetensors files of at most so many bytes each, and back. Knows no networks."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

MAX_SHARD_BYTES = 15 * 2**20


def save_shards(
    tensors: Mapping[str, Tensor], folder: Path, stem: str, *, max_bytes: int = MAX_SHARD_BYTES
) -> list[Path]:
    """Write `stem-00001-of-0000N.safetensors`…; older shards of the same stem are removed. Returns the files.

    One shard is in memory at a time, so `tensors` may lie in a mapped file.
    """
    shards: list[list[str]] = [[]]
    size = 0
    for name, tensor in tensors.items():
        num_bytes = tensor.numel() * tensor.element_size()
        if size and size + num_bytes > max_bytes:
            shards.append([])
            size = 0
        shards[-1].append(name)
        size += num_bytes
    for old in folder.glob(f"{stem}-*-of-*.safetensors"):
        old.unlink()
    paths = [folder / f"{stem}-{i + 1:05d}-of-{len(shards):05d}.safetensors" for i in range(len(shards))]
    for path, names in zip(paths, shards, strict=True):
        copies = {name: tensors[name].detach().to("cpu", copy=True).contiguous() for name in names}
        save_file(copies, path, metadata={"format": "pt"})
    return paths


def write_shard_index(paths: list[Path], stem: str) -> None:
    """Beside the shards, the file that tells diffusers' `from_pretrained` which tensor lies in which of them."""
    weight_map: dict[str, str] = {}
    total_size = 0
    for path in paths:
        with safe_open(path, framework="pt") as shard:
            weight_map |= dict.fromkeys(shard.keys(), path.name)
        total_size += path.stat().st_size
    index = {"metadata": {"total_size": total_size}, "weight_map": weight_map}
    (paths[0].parent / f"{stem}.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")


def load_shards(folder: Path, stem: str) -> dict[str, torch.Tensor]:
    """The state dict written by `save_shards`. Raises FileNotFoundError when a shard is missing."""
    paths = sorted(folder.glob(f"{stem}-*-of-*.safetensors"))
    expected = int(paths[0].stem.rsplit("-", 1)[1]) if paths else 1
    if len(paths) != expected:
        raise FileNotFoundError(f"{folder} has {len(paths)} of {expected} files {stem}-*.safetensors")
    tensors: dict[str, Tensor] = {}
    for path in paths:
        tensors.update(load_file(path))
    return tensors
