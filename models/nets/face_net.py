"""Which font a word is set in, seen from its strokes alone, and which of the bundled faces are like it.

Knows specimens and indices; no font files.
"""

import torch
from einops import rearrange
from torch import Tensor, nn

from models.config import FaceMatcherConfig, FaceNetConfig

_FACTOR = 8  # three strides of 2
_SLANT_UNIT = 0.1


class FaceNet(nn.Module):
    """Specimens float32 (B, 1, H, W) in [0, 1], ink = 1, empty columns at the right → logits over fonts, and slants.

    The slant is how far the letters lean, the font's own included, x per y.
    """

    def __init__(self, config: FaceNetConfig) -> None:
        super().__init__()
        self.config = config
        first, second, third, fourth = config.channels
        self.body = nn.Sequential(
            _layer(1, first, stride=2),
            _layer(first, second, stride=2),
            _layer(second, third, stride=2),
            _layer(third, fourth, stride=1),
        )
        self.head = nn.Sequential(
            nn.Linear(2 * fourth * (config.height_px // _FACTOR), config.features),
            nn.ReLU(),
            nn.Dropout(config.dropout),
        )
        self.fonts = nn.Linear(config.features, config.num_fonts)
        self.slant = nn.Linear(config.features, 1)

    def forward(self, specimens: Tensor) -> tuple[Tensor, Tensor]:
        """→ logits (B, F) and slants (B,)."""
        maps = self.body(specimens)  # (B, C, h, w)
        valid = torch.nn.functional.max_pool2d(specimens.amax(dim=2, keepdim=True), (1, _FACTOR)) > 0  # (B, 1, 1, w)
        share = valid / valid.sum(dim=3, keepdim=True).clamp_min(1)
        mean = (maps * share).sum(dim=3)  # (B, C, h)
        peak = (maps * valid).amax(dim=3)
        features = self.head(rearrange([mean, peak], "n b c h -> b (n c h)"))
        return self.fonts(features), _SLANT_UNIT * self.slant(features)[:, 0]


class FaceMatcher(nn.Module):
    """The classifier, and how like each font is to each of `config.faces`, (F, K): its probabilities → likenesses.

    Where it doubts between fonts, a face that is like all of them is the best choice, not the likeliest font's own.
    """

    alike: Tensor

    def __init__(self, config: FaceMatcherConfig) -> None:
        super().__init__()
        self.config = config
        self.net = FaceNet(config.net)
        self.register_buffer("alike", torch.zeros(config.net.num_fonts, len(config.faces)))

    def forward(self, specimens: Tensor) -> tuple[Tensor, Tensor]:
        """Specimens float32 (B, 1, H, W) → the faces' expected likenesses (B, K), and slants (B,)."""
        logits, slants = self.net(specimens)
        return logits.softmax(dim=1) @ self.alike, slants


def _layer(inputs: int, outputs: int, *, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )
