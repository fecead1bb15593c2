"""Endless batches of fresh pairs for training, drawn in worker processes; every pair from a seed of its own.

Turns `Pair`s into tensors in one place. Knows no networks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from models.charset import MAX_CHARS, encode
from models.data import assets as asset_store
from models.data.drafts import Draft, sample_draft
from models.data.scenes import Pair, SceneSampler


@dataclass(frozen=True)
class StripBatch:
    """Strips of one width. Pictures float32 (B, 3, 64, W) in [-1, 1]; `mask`, `glyph` (B, 1, 64, W); `labels` uint8.

    `labels` (B, 64, W): 1 + index of the target's character owning a pixel; `char_ids`, `char_valid` (B, L).
    """

    source: Tensor
    target: Tensor
    draft: Tensor
    mask: Tensor
    glyph: Tensor
    labels: Tensor
    char_ids: Tensor
    char_valid: Tensor
    texts: tuple[str, ...]


def to_tensor(pictures: list[NDArray[np.uint8]]) -> Tensor:
    """uint8 (H, W, 3) pictures of one size → float32 (B, 3, H, W) in [-1, 1]."""
    stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    return stacked.float() / 127.5 - 1.0


def collate(pairs: list[Pair], drafts: list[Draft]) -> StripBatch:
    """Pairs of one strip width and a draft of each → tensors."""
    texts = tuple(pair.target_text for pair in pairs)
    char_ids, char_valid = encode(texts, max_chars=MAX_CHARS)
    return StripBatch(
        source=to_tensor([pair.source for pair in pairs]),
        target=to_tensor([pair.target for pair in pairs]),
        mask=torch.from_numpy(np.stack([pair.mask for pair in pairs])).float().unsqueeze(1),
        draft=to_tensor([draft.strip for draft in drafts]),
        glyph=torch.from_numpy(np.stack([draft.glyph for draft in drafts])).unsqueeze(1),
        labels=torch.from_numpy(np.stack([pair.labels for pair in pairs])),
        char_ids=char_ids,
        char_valid=char_valid,
        texts=texts,
    )


class PairStream(IterableDataset[StripBatch]):
    """Endless `StripBatch`es whose pictures hold about `pixels_per_batch` pixels, whatever their width."""

    def __init__(self, folder: Path, split: asset_store.Split, *, strips_of_256: int, seed: int) -> None:
        self.folder, self.split, self.seed = folder, split, seed
        self.columns = strips_of_256 * 256

    def __iter__(self) -> Iterator[StripBatch]:
        sampler = SceneSampler(asset_store.load(self.folder, self.split))
        waiting: dict[int, list[tuple[Pair, Draft]]] = {}
        for rng in generators(self.seed):
            pair = sampler.sample(rng)
            width = pair.mask.shape[1]
            group = waiting.setdefault(width, [])
            group.append((pair, sample_draft(rng, pair)))
            if len(group) * width >= self.columns:
                yield collate([p for p, _ in group], [d for _, d in group])
                group.clear()


class CropStream(IterableDataset[Tensor]):
    """Endless float32 (B, 3, 64, 128) crops of both strips of a pair, some with swapped colours."""

    def __init__(self, folder: Path, split: asset_store.Split, *, batch_size: int, seed: int) -> None:
        self.folder, self.split, self.batch_size, self.seed = folder, split, batch_size, seed

    def __iter__(self) -> Iterator[Tensor]:
        sampler = SceneSampler(asset_store.load(self.folder, self.split))
        crops: list[NDArray[np.uint8]] = []
        for rng in generators(self.seed):
            pair = sampler.sample(rng)
            for strip in (pair.source, pair.target):
                x = int(rng.integers(strip.shape[1] - 128 + 1))
                crops.append(strip[:, x : x + 128, rng.permutation(3)] if rng.random() < 0.2 else strip[:, x : x + 128])
            if len(crops) >= self.batch_size:
                yield to_tensor(crops[: self.batch_size])
                crops = crops[self.batch_size :]


def batches(stream: IterableDataset[Any], *, num_workers: int) -> DataLoader[object]:
    """A loader over a stream that makes whole batches; `num_workers` processes draw them."""
    return DataLoader(stream, batch_size=None, num_workers=num_workers, prefetch_factor=4 if num_workers else None)


def generators(seed: int) -> Iterator[np.random.Generator]:
    """One random generator a sample, endlessly; no two workers share one."""
    cv2.setNumThreads(1)
    info = get_worker_info()
    worker = info.id if info else 0
    index = 0
    while True:
        yield np.random.default_rng((seed, worker, index))
        index += 1
