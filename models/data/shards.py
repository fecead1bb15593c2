"""Writes pairs as WebDataset shards, for anyone who trains another model on them.

Each sample: `source.png`, `target.png`, `mask.png` (white = repaint), `labels.png` (1 + index of the character owning a
pixel), `json` (both texts, quad, character boxes, seed).
"""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import webdataset
from numpy.typing import NDArray
from PIL import Image

from models.data.scenes import Pair, SceneSampler

PAIRS_PER_SHARD = 1000


def write_shards(sampler: SceneSampler, out: Path, *, count: int, seed: int) -> list[Path]:
    """Draw `count` pairs and write them to `out/pairs-00000.tar`…; pair i is a function of (`seed`, i) alone."""
    out.mkdir(parents=True, exist_ok=True)
    with webdataset.ShardWriter(str(out / "pairs-%05d.tar"), maxcount=PAIRS_PER_SHARD, verbose=0) as writer:
        for index in range(count):
            pair = sampler.sample(np.random.default_rng((seed, index)))
            writer.write(_sample(pair, key=f"{index:08d}", seed=seed))
    return sorted(out.glob("pairs-*.tar"))


def _sample(pair: Pair, *, key: str, seed: int) -> dict[str, Any]:
    x0, y0, x1, y1 = pair.text_box
    description = {
        "source_text": pair.source_text,
        "target_text": pair.target_text,
        "quad_px": [[x0, y0], [x1, y0], [x1, y1], [x0, y1]],
        "char_boxes_px": pair.char_boxes.tolist(),
        "seed": seed,
    }
    return {
        "__key__": key,
        "source.png": _png(pair.source),
        "target.png": _png(pair.target),
        "mask.png": _png(pair.mask.astype(np.uint8) * 255),
        "labels.png": _png(pair.labels),
        "json": json.dumps(description).encode(),
    }


def _png(picture: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="png")
    return buffer.getvalue()
