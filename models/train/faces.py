"""The matcher of faces: a classifier of the training fonts and of how far letters lean, then which faces are like each.

Where it doubts between fonts it is meant to say so: its probabilities are used to choose among the bundled faces.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from models.config import FaceMatcherConfig, FaceNetConfig
from models.data import assets as asset_store
from models.data.faces import faces_for
from models.data.likeness import likenesses
from models.data.specimens import SpecimenBatch, SpecimenStream, font_list, replayed
from models.data.stream import batches
from models.nets.face_net import FaceMatcher, FaceNet
from models.train.compiling import compiled
from models.train.loop import LoopConfig, Losses, Trainer

LR = 2e-3

_REPLAY_CAPACITY = 200_000  # specimens, 13 kB each


@dataclass(frozen=True)
class FaceLosses:
    """Weight of the slant's absolute error, and how far specimens are disturbed: standard deviations, the share that is
    sheared, and the ends of that.
    """

    slant: float = 10.0
    stretch: float = 0.08  # of the width, as real lines are condensed and spread
    scale: float = 0.03
    shift_px: float = 0.8
    gain: float = 0.15  # of the ink's level: fainter or fatter edges
    sheared_share: float = 0.3
    shear: tuple[float, float] = (-0.12, 0.28)


def train_faces(
    loop: LoopConfig,
    folder: Path,
    *,
    assets: asset_store.Assets,
    device: str,
    batch_size: int = 96,
    num_workers: int = 1,
    replay_times: int = 6,
    losses: FaceLosses | None = None,
    compile_net: bool = True,
) -> FaceMatcher:
    """Train (or go on training) in `folder`; returns the EMA classifier of the split's fonts, as a matcher of faces."""
    losses = losses or FaceLosses()
    torch.manual_seed(loop.seed)
    fonts, faces = font_list(assets), faces_for("")
    config = FaceMatcherConfig(FaceNetConfig(num_fonts=len(fonts)), tuple(face.name for face in faces))
    net = FaceNet(config.net).to(device)
    trainer = Trainer(net, loop, folder)
    forward = compiled(net) if compile_net else net
    generator = torch.Generator(device).manual_seed(loop.seed + trainer.step)

    def loss_fn(batch: object, step: int) -> Losses:
        del step
        assert isinstance(batch, SpecimenBatch), type(batch)
        specimens, shear = disturbed(batch.specimens.to(device).unsqueeze(1).float() / 255, losses, generator)
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            logits, slants = forward(specimens)
        return {
            "font": F.cross_entropy(logits.float(), batch.fonts.to(device)),
            "slant": losses.slant * (slants.float() - batch.slants.to(device) - shear).abs().mean(),
        }

    stream = SpecimenStream(assets, batch_size=batch_size, seed=loop.seed + trainer.step)
    fresh = batches(stream, num_workers=num_workers)
    seed = loop.seed + trainer.step
    trainer.fit(replayed(fresh, times=replay_times, capacity=_REPLAY_CAPACITY, seed=seed), loss_fn)
    matcher = FaceMatcher(config)
    matcher.net.load_state_dict(trainer.ema)
    matcher.alike.copy_(torch.from_numpy(likenesses(fonts, faces)))
    return matcher.eval()


def disturbed(specimens: Tensor, amounts: FaceLosses, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Specimens (B, 1, H, W) sheared, stretched, scaled, moved and brightened a little, each its own way → the same,
    and how far each was sheared to the right (B,), x per y.
    """
    batch, _, height, width = specimens.shape

    def normal() -> Tensor:
        return torch.randn(batch, generator=generator, device=specimens.device)

    def uniform() -> Tensor:
        return torch.rand(batch, generator=generator, device=specimens.device)

    low, high = amounts.shear
    shear = torch.where(uniform() < amounts.sheared_share, low + (high - low) * uniform(), 0.0)
    scale = torch.exp(amounts.scale * normal())
    stretch = torch.exp(amounts.stretch * normal())
    lay = torch.zeros(batch, 2, 3, device=specimens.device)
    lay[:, 0, 0], lay[:, 1, 1] = 1 / (scale * stretch), 1 / scale
    lay[:, 0, 1] = shear * height / width  # rows above the middle come from further left
    lay[:, 0, 2] = lay[:, 0, 0] - 1 + 2 * amounts.shift_px / width * normal()  # the left side stays where it is
    lay[:, 1, 2] = 2 * amounts.shift_px / height * normal()
    moved = F.grid_sample(
        specimens, F.affine_grid(lay, list(specimens.shape), align_corners=False), align_corners=False
    )
    gain = torch.exp(amounts.gain * normal())[:, None, None, None]
    return (moved * gain).clamp(0, 1), shear
