"""Claims about shards that are read by a sample's number."""

import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from models.data.crop_archives import ShardedCrops
from models.data.crop_samples import CropSample


def write_shard(path: Path, texts: list[str]) -> Path:
    with tarfile.open(path, "w") as tar:
        for number, text in enumerate(texts):
            for extension, content in (("image.jpg", text.encode() * 3), ("json", text.encode())):
                info = tarfile.TarInfo(f"{number:09d}.{extension}")
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return path


def decode(parts: Mapping[str, bytes]) -> CropSample:
    assert parts["image.jpg"] == parts["json"] * 3
    return CropSample(np.zeros((8, 8, 3), np.uint8), np.ones((8, 8), np.bool_), parts["json"].decode(), (0, 0, 8, 8))


def test_samples_are_found_by_number_across_shards(tmp_path: Path) -> None:
    shards = [write_shard(tmp_path / "crops-0.tar", ["a", "bc"]), write_shard(tmp_path / "crops-1.tar", ["def"])]
    for _ in range(2):  # from the headers, then from the places kept beside
        crops = ShardedCrops(shards, decode)
        assert len(crops) == 3 and [crops[index].text for index in (2, 0, 1)] == ["def", "a", "bc"]
    assert (tmp_path / "crops-0.places.json").is_file()
    for wrong in (-1, 3):
        with pytest.raises(IndexError, match="of 3"):
            crops[wrong]
    with pytest.raises(ValueError, match="no shards"):
        ShardedCrops([], decode)


def test_a_shard_written_anew_is_read_anew(tmp_path: Path) -> None:
    shard = write_shard(tmp_path / "crops-0.tar", ["a"])
    assert len(ShardedCrops([shard], decode)) == 1
    write_shard(shard, ["xy", "z"])
    later = (tmp_path / "crops-0.places.json").stat().st_mtime + 10
    os.utime(shard, (later, later))
    assert [ShardedCrops([shard], decode)[index].text for index in range(2)] == ["xy", "z"]
