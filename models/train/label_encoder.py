"""UDiffText's first stage: the character encoder learns what texts look like, from a frozen network that sees them.

Contrastive between texts and pictures, plus each character's identity, plus its position. Heads as published; many
fonts instead of one, and padding doesn't count as characters.
"""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import Tensor, nn

from models.config import LabelEncoderConfig
from models.data import assets as asset_store
from models.data.crop_batches import Share, in_order
from models.data.labels import LabelBatch, LabelBatches
from models.nets.label_encoder import LabelEncoder
from models.objectives.contrastive import character_loss, contrastive_loss
from models.train.loop import Losses
from models.train.picture_encoders import PictureEncoder
from models.train.steps import StepsConfig, StepTrainer

_EMBEDDING = 1024
_PUBLISHED_BATCH, _PUBLISHED_LR = 256, 1e-5
_SEED_STRIDE = 1_000_003  # seeds of steps and of data lie apart


@dataclass(frozen=True)
class LabelLosses:
    """Weights of the terms. Positions are in the published code, not in the paper; 0 leaves them and their head out."""

    characters: float = 0.1
    positions: float = 0.1


@dataclass(frozen=True)
class LabelRun:
    """Everything that a run of this stage is made of."""

    encoder: LabelEncoderConfig = LabelEncoderConfig()
    losses: LabelLosses = LabelLosses()
    embedding: int = _EMBEDDING
    steps: StepsConfig = field(
        default_factory=lambda: StepsConfig(7820, _PUBLISHED_BATCH, _PUBLISHED_LR, seed=0, ema_decay=0.999)
    )


class LabelEncoderStage(nn.Module):
    """The encoder, and the heads that only this stage needs, named as published."""

    def __init__(self, run: LabelRun, picture_encoder: PictureEncoder) -> None:
        super().__init__()
        config, dim = run.encoder, run.encoder.dim
        self.losses, self.seed = run.losses, run.steps.seed
        self.encoder = LabelEncoder(config)
        self.picture_encoder = picture_encoder
        self.text_head = _summary(config.max_chars, dim, run.embedding)
        self.visual_head = _summary(picture_encoder.num_tokens, picture_encoder.dim, run.embedding)
        self.cls_head = nn.Sequential(
            nn.InstanceNorm1d(config.max_chars), nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, config.num_classes)
        )
        if run.losses.positions:
            self.pos_head = nn.Sequential(
                nn.InstanceNorm1d(config.max_chars), nn.Linear(dim, config.max_chars, bias=False)
            )
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))  # Radford et al. (2021), section 2.5

    def forward(self, batch: LabelBatch) -> Losses:
        device = self.logit_scale.device
        char_ids, char_valid = batch.char_ids.to(device), batch.char_valid.to(device)
        torch.manual_seed(self.seed * _SEED_STRIDE + batch.seed)  # dropout knows no other way
        encoded = self.encoder(char_ids)  # (B, L, D)
        with torch.no_grad():
            tokens = self.picture_encoder(batch.pictures.to(device))  # (B, N, C)
        text, picture = self.text_head(encoded).squeeze(1), self.visual_head(tokens).squeeze(1)  # (B, embedding)
        losses = {
            "contrastive": contrastive_loss(text, picture, self.logit_scale).mean(),
            "characters": self.losses.characters * character_loss(self.cls_head(encoded), char_ids, char_valid).mean(),
        }
        if self.losses.positions:
            places = torch.arange(char_ids.shape[1], device=device).expand_as(char_ids)
            terms = character_loss(self.pos_head(encoded), places, char_valid)
            losses["positions"] = self.losses.positions * terms.mean()
        return losses

    @torch.no_grad()
    def likeness(self, batch: LabelBatch) -> Tensor:
        """Cosines of each text (rows) with each picture (columns), (B, B)."""
        device = self.logit_scale.device
        text = self.text_head(self.encoder(batch.char_ids.to(device))).squeeze(1)
        picture = self.visual_head(self.picture_encoder(batch.pictures.to(device))).squeeze(1)
        return nn.functional.normalize(text, dim=-1) @ nn.functional.normalize(picture, dim=-1).T


def _summary(num_tokens: int, dim: int, embedding: int) -> nn.Sequential:
    """(B, N, D) → (B, 1, embedding). Without affine weights: InstanceNorm1d over N standardises each token."""
    return nn.Sequential(
        nn.InstanceNorm1d(num_tokens), nn.Linear(dim, embedding, bias=False), nn.Conv1d(num_tokens, 1, 1)
    )


def train_label_encoder(
    run: LabelRun,
    folder: Path,
    *,
    assets: asset_store.Assets,
    picture_encoder: PictureEncoder,
    accelerator: Accelerator,
    num_workers: int = 0,
    max_minutes: float | None = None,
) -> LabelEncoder:
    """Train, or go on training, in `folder`; returns the averaged encoder. Negatives are a process's own batch."""
    torch.manual_seed(run.steps.seed)
    stage = LabelEncoderStage(run, picture_encoder)
    share = Share(accelerator.process_index, accelerator.num_processes)
    batches = LabelBatches(
        assets,
        batch_size=run.steps.batch_size,
        max_chars=run.encoder.max_chars,
        picture_hw=picture_encoder.image_hw,
        seed=run.steps.seed,
        share=share,
    )
    trainer = StepTrainer(
        stage, run.steps, folder, accelerator=accelerator, config=asdict(run), group_of=lambda name: name.split(".")[0]
    )
    shown = batches[10**9]  # of a position that no run reaches

    def positions_to_batches(positions: range) -> Iterator[object]:
        yield from in_order(batches, positions, num_workers=num_workers)

    def pictures() -> NDArray[np.uint8]:
        stage.eval()
        likeness = stage.likeness(shown)
        stage.train()
        return (
            np.asarray((likeness.cpu().numpy() + 1) * 127.5, np.uint8)[..., None]
            .repeat(3, axis=2)
            .repeat(4, 0)
            .repeat(4, 1)
        )

    trainer.fit(positions_to_batches, pictures=pictures, max_minutes=max_minutes)
    with trainer.averaged():
        stage.encoder.eval()
        averaged = LabelEncoder(run.encoder)
        averaged.load_state_dict(stage.encoder.state_dict())
    return averaged.eval().requires_grad_(False)
