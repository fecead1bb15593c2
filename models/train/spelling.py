"""What a frozen recogniser makes of the words in drawn pictures, as a loss. Knows no latents."""

import math
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.charset import PRINTABLE
from models.data.crop_samples import TextBox
from models.nets.label_encoder import encode_labels
from models.nets.parseq import Parseq, prepare_words
from models.nets.recogniser import HEIGHT_PX, Recogniser
from models.objectives.recognition import recognition_loss

_WIDTH_STEP_PX, _MAX_WIDTH_PX = 32, 320  # what the recogniser was trained with


class SpellingJudge(Protocol):
    """Pictures (B, 3, S, S) in [-1, 1], where in them the texts stand → each sample's loss (B,), nats a character."""

    def __call__(self, pictures: Tensor, text_boxes: Sequence[TextBox], texts: Sequence[str]) -> Tensor: ...


class CtcJudge(nn.Module):
    """The recogniser that ships with the OCR package."""

    def __init__(self, recogniser: Recogniser) -> None:
        super().__init__()
        self.recogniser = recogniser

    @classmethod
    def load(cls) -> "CtcJudge":
        return cls(Recogniser.load(alphabet=PRINTABLE))

    def forward(self, pictures: Tensor, text_boxes: Sequence[TextBox], texts: Sequence[str]) -> Tensor:
        logits = self.recogniser(cut_lines(pictures, text_boxes))
        ids, lengths = self.recogniser.targets([text.replace(" ", "") for text in texts])  # it drops spaces
        return recognition_loss(logits, ids.to(logits.device), lengths.to(logits.device))

    @torch.no_grad()
    def read(self, pictures: Tensor, text_boxes: Sequence[TextBox]) -> list[str]:
        """What it reads there."""
        return self.recogniser.decode(self.recogniser(cut_lines(pictures, text_boxes)))


class ParseqJudge(nn.Module):
    """PARSeq, as published: the cross-entropy of the real characters, the end not counted."""

    def __init__(self, net: Parseq) -> None:
        super().__init__()
        self.net = net

    def forward(self, pictures: Tensor, text_boxes: Sequence[TextBox], texts: Sequence[str]) -> Tensor:
        crops = [picture[None, :, y0:y1, x0:x1] for picture, (x0, y0, x1, y1) in zip(pictures, text_boxes, strict=True)]
        spelt = [text.replace(" ", "") for text in texts]  # it knows no space
        longest = max(len(text) for text in spelt)
        logits = self.net(torch.cat([prepare_words(crop) for crop in crops]), max_chars=longest)[:, :longest]
        ids, valid = encode_labels(spelt, max_chars=longest)
        ids, valid = ids.to(logits.device), valid.to(logits.device)
        errors = F.cross_entropy(logits.float().transpose(1, 2), ids, reduction="none")  # (B, L)
        return (errors * valid).sum(dim=1) / valid.sum(dim=1).clamp_min(1)


def cut_lines(pictures: Tensor, text_boxes: Sequence[TextBox]) -> Tensor:
    """Each picture's text box at the recogniser's height, its proportions kept; narrower ones are padded with gray as
    the recogniser was trained, (B, 3, 48, W). Differentiable.
    """
    lines = []
    for picture, (x0, y0, x1, y1) in zip(pictures, text_boxes, strict=True):
        width = min(max(8, math.ceil((x1 - x0) * HEIGHT_PX / (y1 - y0))), _MAX_WIDTH_PX)
        crop = picture[None, :, y0:y1, x0:x1]
        lines.append(F.interpolate(crop, size=(HEIGHT_PX, width), mode="bicubic", antialias=True))
    widest = -(-max(line.shape[-1] for line in lines) // _WIDTH_STEP_PX) * _WIDTH_STEP_PX
    return torch.cat([F.pad(line, (0, widest - line.shape[-1])) for line in lines])
