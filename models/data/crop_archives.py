"""Samples in WebDataset shards by their number, without reading what stands before them: training can go on anywhere.

Each shard's headers are read once; the places of its files are kept beside it. Knows no pictures: `decode` does.
"""

import json
import os
import tarfile
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

from models.data.crop_samples import CropSample

Places = list[dict[str, tuple[int, int]]]  # for each sample, its files by extension: offset and size in bytes
Decode = Callable[[Mapping[str, bytes]], CropSample]


class ShardedCrops:
    """The samples of `shards`, one after the other; `decode` makes one from its files by their extension."""

    def __init__(self, shards: Sequence[Path], decode: Decode) -> None:
        """Raises ValueError for none."""
        if not shards:
            raise ValueError("no shards")
        self.shards, self.decode = list(shards), decode
        self._ends = list(accumulate(len(places_in(shard)) for shard in self.shards))
        self._opened: tuple[int, Places] | None = None  # the shard that was read last

    def __len__(self) -> int:
        return self._ends[-1]

    def __getitem__(self, index: int) -> CropSample:
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        number = bisect_right(self._ends, index)
        if self._opened is None or self._opened[0] != number:
            self._opened = number, places_in(self.shards[number])
        start = self._ends[number - 1] if number else 0
        parts = {}
        with self.shards[number].open("rb") as shard:
            for extension, (offset, size) in self._opened[1][index - start].items():
                shard.seek(offset)
                parts[extension] = shard.read(size)
        return self.decode(parts)


def places_in(shard: Path) -> Places:
    """From the file beside the shard, or, where there is none yet, from its headers. Raises OSError, TarError."""
    beside = shard.with_suffix(".places.json")
    if beside.is_file() and beside.stat().st_mtime_ns >= shard.stat().st_mtime_ns:
        return [{extension: (at, size) for extension, (at, size) in p.items()} for p in json.loads(beside.read_text())]
    samples: dict[str, dict[str, tuple[int, int]]] = {}
    with tarfile.open(shard) as tar:
        for member in tar:
            key, _, extension = member.name.partition(".")
            samples.setdefault(key, {})[extension] = (member.offset_data, member.size)
    places = list(samples.values())
    if os.access(shard.parent, os.W_OK):
        unfinished = beside.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(places))
        unfinished.replace(beside)
    return places
