"""Crop samples as WebDataset shards and back: the form to train from where there are many, or many machines.

Each sample: `image.jpg`, `mask.png` (white = repaint), `chars.png` (the characters' masks below each other, where there
are any), `json` (text, text box, name).
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import webdataset
from numpy.typing import NDArray
from PIL import Image
from torch.utils.data import get_worker_info
from webdataset.tariterators import group_by_keys, tar_file_expander

from models.data.crop_samples import CropSample

SAMPLES_PER_SHARD = 5000

_JPEG_QUALITY = 95


def write_crop_shards(samples: Iterable[CropSample], out: Path, *, samples_per_shard: int = SAMPLES_PER_SHARD) -> int:
    """Writes `out/crops-000000.tar`… → how many samples were written."""
    out.mkdir(parents=True, exist_ok=True)
    count = 0
    with webdataset.ShardWriter(str(out / "crops-%06d.tar"), maxcount=samples_per_shard, verbose=0) as writer:
        for count, sample in enumerate(samples, start=1):
            writer.write(_parts(sample, key=f"{count - 1:09d}"))
    return count


def read_crop_shards(shards: Sequence[Path]) -> Iterator[CropSample]:
    """The samples of these shards in order; within a `DataLoader` each worker reads shards of its own."""
    worker = get_worker_info()
    first, stride = (0, 1) if worker is None else (worker.id, worker.num_workers)
    for shard in shards[first::stride]:
        with shard.open("rb") as stream:
            files = tar_file_expander([{"url": str(shard), "stream": stream}])
            yield from map(decode_sample, group_by_keys(files))


def decode_sample(parts: Mapping[str, bytes]) -> CropSample:
    """One sample from its files by their extension."""
    description = json.loads(parts["json"])
    x0, y0, x1, y1 = description["text_box"]
    image = np.asarray(Image.open(io.BytesIO(parts["image.jpg"])).convert("RGB"))
    chars = _plane(parts["chars.png"]).reshape(-1, *image.shape[:2]) if "chars.png" in parts else None
    return CropSample(
        image=image,
        mask=_plane(parts["mask.png"]),
        text=description["text"],
        text_box=(x0, y0, x1, y1),
        char_masks=chars,
        name=description["name"],
    )


def _parts(sample: CropSample, *, key: str) -> dict[str, Any]:
    image = io.BytesIO()
    Image.fromarray(sample.image).save(image, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    description = {"text": sample.text, "text_box": sample.text_box, "name": sample.name}
    parts: dict[str, Any] = {
        "__key__": key,
        "image.jpg": image.getvalue(),
        "mask.png": _png(sample.mask),
        "json": json.dumps(description).encode(),
    }
    if sample.char_masks is not None:
        parts["chars.png"] = _png(np.concatenate(sample.char_masks))
    return parts


def _png(plane: NDArray[np.bool_]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(plane).save(buffer, "PNG")
    return buffer.getvalue()


def _plane(png: bytes) -> NDArray[np.bool_]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("1"), np.bool_)
