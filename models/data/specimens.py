"""Specimens: a word's strokes at one height, without colour, by which its font is recognised; and a stream of them.

Knows strips, scenes and fonts; no networks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset

from models.data import assets as asset_store
from models.data.faces import own_slant
from models.data.scenes import Box, Pair, SceneSampler
from models.data.stream import generators
from models.regions.ink import LOW_CONFIDENCE, Ink, Strip, estimate_ink

HEIGHT_PX, WIDTH_PX = 40, 320  # (h, w); a longer line is cut at its end
_MARGIN_PX = 2

Specimen = NDArray[np.uint8]  # (40, 320), 255 = ink


def specimen_of(ink: Ink) -> Specimen:
    """The strokes of a word, scaled so that its ink is 36 px high."""
    x0, y0, x1, y1 = ink.box
    scale = (HEIGHT_PX - 2 * _MARGIN_PX) / (y1 - y0)
    lay = np.array([[scale, 0, _MARGIN_PX - x0 * scale], [0, scale, _MARGIN_PX - y0 * scale]])
    level = cv2.GaussianBlur(ink.level, (0, 0), 0.5 / scale) if scale < 0.8 else ink.level  # no stroke is skipped
    laid = cv2.warpAffine(level, lay, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_LINEAR)
    laid[:, min(round((x1 - x0) * scale) + 2 * _MARGIN_PX, WIDTH_PX) :] = 0
    return np.asarray(np.rint(255 * laid), np.uint8)


@dataclass(frozen=True, eq=False)
class SpecimenBatch:
    """`specimens` uint8 (B, 40, 320); `fonts` int64 (B,) indices into `font_list`; `slants` float32 (B,), x per y, the
    font's own and the line's together."""

    specimens: Tensor
    fonts: Tensor
    slants: Tensor

    def __len__(self) -> int:
        return len(self.fonts)


def font_list(assets: asset_store.Assets) -> list[Path]:
    """All fonts of a split in one fixed order."""
    return [path for family in sorted(assets.fonts) for path in assets.fonts[family]]


class SpecimenStream(IterableDataset[SpecimenBatch]):
    """Endless batches of specimens, cut from both pictures of fresh pairs as they would be cut from photos."""

    def __init__(self, assets: asset_store.Assets, *, batch_size: int, seed: int) -> None:
        self.assets, self.batch_size, self.seed = assets, batch_size, seed

    def __iter__(self) -> Iterator[SpecimenBatch]:
        sampler = SceneSampler(self.assets, removal_share=0.0)
        index = {path: i for i, path in enumerate(font_list(self.assets))}
        found: list[tuple[Specimen, int, float]] = []
        for rng in generators(self.seed):
            pair = sampler.sample(rng)
            font = pair.lettering.font
            for strip in (pair.source, pair.target):
                specimen = _cut(strip, pair)
                if specimen is not None:
                    found.append((specimen, index[font], own_slant(font) + pair.lettering.slant))
            if len(found) >= self.batch_size:
                specimens, fonts, slants = zip(*found[: self.batch_size], strict=True)
                yield SpecimenBatch(
                    torch.from_numpy(np.stack(specimens)), torch.tensor(fonts), torch.tensor(slants).float()
                )
                found = found[self.batch_size :]


def replayed(batches: Iterable[SpecimenBatch], *, times: int, capacity: int, seed: int) -> Iterator[SpecimenBatch]:
    """For every fresh batch `times` batches drawn from the last `capacity` specimens: drawing scenes is what costs."""
    generator = torch.Generator("cpu").manual_seed(seed)
    kept: list[SpecimenBatch] = []
    for batch in batches:
        kept = [*kept, batch][-max(capacity // len(batch), 1) :]
        for _ in range(times):
            chosen = torch.randint(len(kept) * len(batch), (len(batch),), generator=generator).tolist()
            rows = [(kept[i // len(batch)], i % len(batch)) for i in chosen]
            yield SpecimenBatch(
                torch.stack([one.specimens[i] for one, i in rows]),
                torch.stack([one.fonts[i] for one, i in rows]),
                torch.stack([one.slants[i] for one, i in rows]),
            )


def _cut(strip: Strip, pair: Pair) -> Specimen | None:
    box: Box = pair.text_box
    ink = estimate_ink(strip, box)
    return specimen_of(ink) if ink.confidence >= LOW_CONFIDENCE else None
