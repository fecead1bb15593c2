"""A state dict as several safetensors files of at most 16 MiB each, and back. Knows no networks."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

MAX_SHARD_BYTES = 15 * 2**20


def save_shards(tensors: dict[str, Tensor], folder: Path, stem: str) -> list[Path]:
    """Write `stem-00001-of-0000N.safetensors`…; older shards of the same stem are removed. Returns the files."""
    shards: list[dict[str, Tensor]] = [{}]
    size = 0
    for name, tensor in tensors.items():
        tensor = tensor.detach().to("cpu", copy=True).contiguous()
        num_bytes = tensor.numel() * tensor.element_size()
        if size and size + num_bytes > MAX_SHARD_BYTES:
            shards.append({})
            size = 0
        shards[-1][name] = tensor
        size += num_bytes
    for old in folder.glob(f"{stem}-*-of-*.safetensors"):
        old.unlink()
    paths = [folder / f"{stem}-{i + 1:05d}-of-{len(shards):05d}.safetensors" for i in range(len(shards))]
    for path, shard in zip(paths, shards, strict=True):
        save_file(shard, path)
    return paths


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
