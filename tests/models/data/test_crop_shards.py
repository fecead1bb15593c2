"""Claims about shards of crop samples: what goes in comes out."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from torch.utils.data import DataLoader, IterableDataset

from models.data.crop_samples import CropSample
from models.data.crop_shards import read_crop_shards, write_crop_shards


def sample(number: int, *, chars: bool) -> CropSample:
    rng = np.random.default_rng(number)
    image = np.repeat(np.repeat(rng.integers(0, 256, (8, 8, 3), np.uint8), 8, axis=0), 8, axis=1)
    masks = rng.random((4, 64, 64)) < 0.5
    return CropSample(image, masks[0], 'É"xit', (1, 2, 30, 40), masks if chars else None, f"picture {number}")


def test_samples_come_back_in_order_with_exact_masks_and_nearly_exact_pictures(tmp_path: Path) -> None:
    written = [sample(number, chars=number % 2 == 0) for number in range(7)]
    assert write_crop_shards(written, tmp_path / "shards", samples_per_shard=3) == 7
    shards = sorted((tmp_path / "shards").glob("*.tar"))
    read = list(read_crop_shards(shards))
    assert len(shards) == 3 and len(read) == 7
    for one, other in zip(written, read, strict=True):
        assert (one.text, one.text_box, one.name) == (other.text, other.text_box, other.name)
        assert np.array_equal(one.mask, other.mask)
        assert (one.char_masks is None) == (other.char_masks is None)
        if one.char_masks is not None and other.char_masks is not None:
            assert np.array_equal(one.char_masks, other.char_masks)
        assert np.abs(one.image.astype(int) - other.image).mean() < 4


class Shards(IterableDataset[str]):
    """The names in some shards."""

    def __init__(self, shards: list[Path]) -> None:
        self.shards = shards

    def __iter__(self) -> Iterator[str]:
        return (sample.name for sample in read_crop_shards(self.shards))


def test_workers_share_the_shards(tmp_path: Path) -> None:
    write_crop_shards((sample(number, chars=False) for number in range(6)), tmp_path, samples_per_shard=2)
    loader = DataLoader(Shards(sorted(tmp_path.glob("*.tar"))), batch_size=None, num_workers=2)
    assert sorted(loader) == [f"picture {number}" for number in range(6)]


def test_no_samples_are_no_error(tmp_path: Path) -> None:
    assert write_crop_shards([], tmp_path) == 0
    assert list(read_crop_shards(sorted(tmp_path.glob("*.tar")))) == []
