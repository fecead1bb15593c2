"""Stage 2, optional: the character encoder learns what texts look like before the U-Net learns to draw them.

UDiffText's pre-training at a small size: a symmetric InfoNCE between texts and pictures of them as a frozen recogniser
sees them, plus 0.1 of the characters' own identity. Several fonts instead of one (TextCtrl: +8.6 points).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import IterableDataset

from models.charset import encode
from models.config import CharEncoderConfig
from models.data import assets as asset_store
from models.data.glyphs import render_text
from models.data.stream import batches, generators, to_tensor
from models.data.words import sample_text
from models.nets.char_encoder import CharEncoder
from models.nets.recogniser import HEIGHT_PX, Recogniser
from models.objectives.contrastive import character_loss, contrastive_loss
from models.train.loop import LoopConfig, Losses, Trainer

LR = 1e-3

PICTURE_WIDTH_PX = 192
CHARACTER_WEIGHT = 0.1
_BINS = 8  # both texts and pictures are summed up in this many places, left to right, so that order counts
_EMBEDDING = 128
_RECOGNISER_CHANNELS = 192


@dataclass(frozen=True, eq=False)
class TextBatch:
    """Distinct texts, and pictures of them float32 (B, 3, 48, 192) in [-1, 1], white on black."""

    texts: tuple[str, ...]
    pictures: Tensor


class TextStream(IterableDataset[TextBatch]):
    """Endless batches of texts, each rendered in a random font of the split."""

    def __init__(self, assets: asset_store.Assets, *, batch_size: int, seed: int) -> None:
        self.assets, self.batch_size, self.seed = assets, batch_size, seed

    def __iter__(self) -> Iterator[TextBatch]:
        fonts = [path for paths in self.assets.fonts.values() for path in paths]
        pictures: dict[str, np.ndarray] = {}
        for rng in generators(self.seed):
            text = sample_text(rng, self.assets.words)
            coverage = render_text(text, fonts[int(rng.integers(len(fonts)))], size_px=40).coverage
            pictures[text] = cv2.resize(coverage, (PICTURE_WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
            if len(pictures) == self.batch_size:
                stacked = [np.repeat(picture[..., None], 3, axis=2) for picture in pictures.values()]
                yield TextBatch(tuple(pictures), to_tensor(stacked))
                pictures = {}


class CharEncoderTask(nn.Module):
    """The encoder with the heads that only pre-training needs."""

    def __init__(self, config: CharEncoderConfig) -> None:
        super().__init__()
        self.encoder = CharEncoder(config)
        self.text_head = nn.Linear(_BINS * config.dim, _EMBEDDING, bias=False)
        self.picture_head = nn.Linear(_BINS * _RECOGNISER_CHANNELS, _EMBEDDING, bias=False)
        self.character_head = nn.Linear(config.dim, config.num_classes)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))  # Radford et al. (2021), section 2.5

    def forward(self, char_ids: Tensor, char_valid: Tensor, features: Tensor) -> Losses:
        """`features` (B, 192, h, w): the recogniser's last map of the texts' pictures. Returns the weighted terms."""
        encoded = self.encoder(char_ids, char_valid)  # (B, L, D)
        text = self.text_head(rearrange(bin_characters(encoded, char_valid), "b n d -> b (n d)"))
        columns = F.adaptive_avg_pool2d(features.float(), (1, _BINS))  # (B, 192, 1, bins)
        picture = self.picture_head(rearrange(columns, "b c 1 n -> b (n c)"))
        return {
            "contrastive": contrastive_loss(text, picture, self.logit_scale).mean(),
            "characters": CHARACTER_WEIGHT * character_loss(self.character_head(encoded), char_ids, char_valid).mean(),
        }


def bin_characters(features: Tensor, char_valid: Tensor) -> Tensor:
    """Features (B, L, D) of L' real characters → (B, bins, D): bin n averages the characters that lie under it."""
    lengths = char_valid.sum(dim=1, keepdim=True).clamp_min(1).float()  # (B, 1)
    left = torch.arange(features.shape[1], device=features.device) / lengths  # (B, L), shares of the line
    right = left + 1 / lengths
    edges = torch.arange(_BINS + 1, device=features.device) / _BINS
    overlap = torch.minimum(right[:, None], edges[1:, None]) - torch.maximum(left[:, None], edges[:-1, None])
    weights = overlap.clamp_min(0) * char_valid[:, None]  # (B, bins, L)
    return (weights @ features) / weights.sum(dim=2, keepdim=True).clamp_min(1e-6)


def train_char_encoder(
    config: CharEncoderConfig,
    loop: LoopConfig,
    folder: Path,
    *,
    assets: asset_store.Assets,
    device: str,
    batch_size: int = 64,
    num_workers: int = 1,
) -> CharEncoder:
    """Train (or go on training) in `folder`; returns the EMA encoder."""
    torch.manual_seed(loop.seed)
    task = CharEncoderTask(config).to(device)
    trainer = Trainer(task, loop, folder)
    reader = Recogniser.load().to(device)

    def loss_fn(batch: object, step: int) -> Losses:
        del step
        assert isinstance(batch, TextBatch), type(batch)
        with torch.no_grad():
            _, features = reader.forward_features(batch.pictures.to(device))
        char_ids, char_valid = encode(batch.texts, max_chars=config.max_chars)
        terms: Losses = task(char_ids.to(device), char_valid.to(device), features[-1])
        return terms

    stream = TextStream(assets, batch_size=batch_size, seed=loop.seed + trainer.step)
    trainer.fit(batches(stream, num_workers=num_workers), loss_fn)
    task.load_state_dict(trainer.ema)
    return task.encoder
