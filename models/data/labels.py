"""Random texts and pictures of them, white on black, in many fonts: what UDiffText's character encoder learns from.

Knows no networks.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from models.data import assets as asset_store
from models.data.crop_batches import Share
from models.data.crop_scenes import sample_word
from models.data.glyphs import RenderedText, render_text
from models.nets.label_encoder import LABEL_CHARACTERS, encode_labels

_FONT_PX = 128
_WORD_SHARE = 0.3  # of the texts are words; the rest is characters at random, as published


@dataclass(frozen=True, eq=False)
class LabelBatch:
    """Distinct texts and their pictures, float32 (B, 1, h, w) in [0, 1]. `seed`: of all that is random in the step."""

    seed: int
    texts: tuple[str, ...]
    char_ids: Tensor
    char_valid: Tensor
    pictures: Tensor


class LabelBatches(Dataset[LabelBatch]):
    """Batch `position` of one process; every batch from a generator of its own."""

    def __init__(
        self,
        assets: asset_store.Assets,
        *,
        batch_size: int,
        max_chars: int,
        picture_hw: tuple[int, int],
        seed: int,
        share: Share,
    ) -> None:
        self.fonts = [path for name in sorted(assets.fonts) for path in assets.fonts[name]]
        self.words = assets.words
        self.batch_size, self.max_chars, self.picture_hw = batch_size, max_chars, picture_hw
        self.seed, self.share = seed, share

    def __getitem__(self, position: int) -> LabelBatch:
        cv2.setNumThreads(1)
        number = position * self.share.world + self.share.rank
        rng = np.random.default_rng((self.seed, number))
        pictures: dict[str, NDArray[np.float32]] = {}
        while len(pictures) < self.batch_size:  # a text that is there twice would be pushed from its own picture
            text = sample_label(rng, self.words, max_chars=self.max_chars)
            rendered = render_text(text, self.fonts[int(rng.integers(len(self.fonts)))], size_px=_FONT_PX)
            if text not in pictures and rendered.has_ink:  # a font may lack a rare character
                pictures[text] = squashed_ink(rendered, self.picture_hw)
        texts = tuple(pictures)
        char_ids, char_valid = encode_labels(texts, max_chars=self.max_chars)
        stacked = torch.from_numpy(np.stack(list(pictures.values()))).unsqueeze(1)
        return LabelBatch(number, texts, char_ids, char_valid, stacked)


def sample_label(rng: np.random.Generator, words: list[str], *, max_chars: int) -> str:
    """1..`max_chars` characters: uniform in length and over the 94, or a word now and then."""
    if rng.random() < _WORD_SHARE:
        return sample_word(rng, words, max_chars=max_chars)
    length = int(rng.integers(1, max_chars + 1))
    return "".join(LABEL_CHARACTERS[int(index)] for index in rng.integers(len(LABEL_CHARACTERS), size=length))


def squashed_ink(rendered: RenderedText, picture_hw: tuple[int, int]) -> NDArray[np.float32]:
    """The text's ink as a picture of (h, w), in [0, 1]."""
    x0, y0, x1, y1 = (round(value) for value in rendered.ink_px)
    squashed = cv2.resize(rendered.coverage[y0:y1, x0:x1], picture_hw[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(squashed.astype(np.float32) / np.float32(255), np.float32)
