"""Reads crops of one word each with PARSeq, the reader of the published figures. Knows nothing of photos."""

from collections.abc import Sequence

import numpy as np
import torch

from models.nets.parseq import Parseq, decode_words, prepare_words
from models.reading.recognition import Image

_BATCH_SIZE = 32


class ParseqReader:
    """Another reader than the one that verifies edits, and one that no model here was trained with."""

    name = "PARSeq"

    def __init__(self, net: Parseq) -> None:
        """`net` with its weights, on the device to read on."""
        self._net = net.eval()

    @torch.inference_mode()
    def read(self, crops: Sequence[Image]) -> list[str]:
        """Crops uint8 (h, w, 3) RGB of one word each, of any size → their texts, in order.

        It knows the 94 printable characters, and at most 25 in a word. Raises ValueError for what is no picture.
        """
        texts: list[str] = []
        for start in range(0, len(crops), _BATCH_SIZE):
            lines = [_to_line(crop) for crop in crops[start : start + _BATCH_SIZE]]
            texts += decode_words(self._net(torch.cat(lines).to(self._net.pos_queries.device)))
        return texts


def _to_line(crop: Image) -> torch.Tensor:
    if crop.dtype != np.uint8 or crop.ndim != 3 or crop.shape[2] != 3 or 0 in crop.shape:
        raise ValueError(f"a crop is uint8 (h, w, 3) with at least one pixel, got {crop.dtype} {crop.shape}")
    pixels = torch.from_numpy(np.ascontiguousarray(crop.transpose(2, 0, 1)))[None]
    return prepare_words(pixels.float() / 127.5 - 1)
