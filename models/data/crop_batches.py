"""Crop samples → batches of tensors, in an order that is a function of a position alone: a resumed run sees the same.

Whatever gives samples, our own generator or a data set, is an endless series of them here. Knows no networks' inside.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from models.data.crop_samples import CropSample, TextBox
from models.data.crop_scenes import CropSceneSampler
from models.data.stream import to_tensor
from models.nets.label_encoder import encode_labels

Batch = TypeVar("Batch")


class CropSeries(Protocol):
    """An endless series of samples; each is a function of its index alone, in every process."""

    def __getitem__(self, index: int) -> CropSample: ...


class SizedCrops(CropSeries, Protocol):
    """A data set: as many samples as its length."""

    def __len__(self) -> int: ...


class GeneratedCrops:
    """Fresh samples of our own generator: none is ever seen twice."""

    def __init__(self, sampler: CropSceneSampler, *, seed: int) -> None:
        self.sampler, self.seed = sampler, seed

    def __getitem__(self, index: int) -> CropSample:
        cv2.setNumThreads(1)
        return self.sampler.sample(np.random.default_rng((self.seed, index)))


class ShuffledCrops:
    """A data set again and again, each time in another order. A sample that raises one of `skips` is replaced by the
    next that doesn't.
    """

    def __init__(self, samples: SizedCrops, *, seed: int, skips: tuple[type[Exception], ...] = ()) -> None:
        """Raises ValueError for a data set without samples."""
        if not len(samples):
            raise ValueError("the data set has no samples")
        self.samples, self.seed, self.skips = samples, seed, skips
        self._round, self._order = -1, np.zeros(0, np.int64)

    def __getitem__(self, index: int) -> CropSample:
        times, place = divmod(index, len(self.samples))
        if times != self._round:
            self._round = times
            self._order = np.random.default_rng((self.seed, times)).permutation(len(self.samples))
        for further in range(len(self.samples)):
            with suppress(*self.skips):
                return self.samples[int(self._order[(place + further) % len(self._order)])]
        raise ValueError(f"none of the {len(self.samples)} samples of the data set can be used")


@dataclass(frozen=True, eq=False)
class CropBatch:
    """B crops. `indices`: each sample's place in its series, from which all of its randomness comes.

    `images` float32 (B, 3, S, S) in [-1, 1]; `mask` float32 (B, 1, S, S), 1 = repaint; `char_masks` bool (B, L, S, S),
    all False where the data has none; `char_ids`, `char_valid`, `has_masks` (B, L), (B, L), (B,).
    """

    indices: tuple[int, ...]
    texts: tuple[str, ...]
    text_boxes: tuple[TextBox, ...]
    images: Tensor
    mask: Tensor
    char_masks: Tensor
    has_masks: Tensor
    char_ids: Tensor
    char_valid: Tensor

    def to(self, device: torch.device) -> "CropBatch":
        """The same batch on `device`."""
        return replace(
            self,
            images=self.images.to(device),
            mask=self.mask.to(device),
            char_masks=self.char_masks.to(device),
            has_masks=self.has_masks.to(device),
            char_ids=self.char_ids.to(device),
            char_valid=self.char_valid.to(device),
        )


def collate_crops(samples: Sequence[tuple[int, CropSample]], *, max_chars: int) -> CropBatch:
    """Samples with their indices → tensors. Raises ValueError for a text that the encoder can't take."""
    crops = [sample for _, sample in samples]
    texts = tuple(sample.text for sample in crops)
    char_ids, char_valid = encode_labels(texts, max_chars=max_chars)
    char_masks = np.zeros((len(crops), max_chars, *crops[0].mask.shape), np.bool_)
    for row, sample in enumerate(crops):
        if sample.char_masks is not None:
            char_masks[row, : len(sample.text)] = sample.char_masks
    return CropBatch(
        indices=tuple(index for index, _ in samples),
        texts=texts,
        text_boxes=tuple(sample.text_box for sample in crops),
        images=to_tensor([sample.image for sample in crops]),
        mask=torch.from_numpy(np.stack([sample.mask for sample in crops])).float().unsqueeze(1),
        char_masks=torch.from_numpy(char_masks),
        has_masks=torch.tensor([sample.char_masks is not None for sample in crops]),
        char_ids=char_ids,
        char_valid=char_valid,
    )


@dataclass(frozen=True)
class Share:
    """Which part of each batch a process draws: `rank` of `world` processes."""

    rank: int = 0
    world: int = 1

    def indices(self, position: int, batch_size: int) -> range:
        """The samples of this process's batch number `position`."""
        start = (position * self.world + self.rank) * batch_size
        return range(start, start + batch_size)


class _Batches(Dataset[CropBatch]):
    """Batch `position` of one process, as a loader's workers fetch it."""

    def __init__(self, series: CropSeries, *, batch_size: int, max_chars: int, share: Share) -> None:
        self.series, self.batch_size, self.max_chars, self.share = series, batch_size, max_chars, share

    def __getitem__(self, position: int) -> CropBatch:
        indices = self.share.indices(position, self.batch_size)
        return collate_crops([(index, self.series[index]) for index in indices], max_chars=self.max_chars)


def crop_batches(
    series: CropSeries, positions: range, *, batch_size: int, max_chars: int, share: Share, num_workers: int
) -> Iterator[CropBatch]:
    """The process's batches number `positions`, in order, drawn by `num_workers` processes."""
    batches = _Batches(series, batch_size=batch_size, max_chars=max_chars, share=share)
    yield from in_order(batches, positions, num_workers=num_workers)


def in_order(batches: Dataset[Batch], positions: range, *, num_workers: int) -> Iterator[Batch]:
    """Item by item, fetched by `num_workers` processes."""
    prefetch = 4 if num_workers else None
    yield from DataLoader(
        batches, batch_size=None, sampler=positions, num_workers=num_workers, prefetch_factor=prefetch
    )
