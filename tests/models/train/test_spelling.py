"""Claims about what judges the spelling of drawn crops."""

import math

import pytest
import torch
from torch import Tensor

from models.config import ParseqConfig
from models.nets.label_encoder import LABEL_CHARACTERS
from models.nets.parseq import Parseq
from models.train.spelling import ParseqJudge
from tests.models.nets.published_readers import TINY_PARSEQ


class Says(Parseq):
    """A PARSeq that is sure of "AB", whatever it sees, by the given margin."""

    def __init__(self, margin: float) -> None:
        super().__init__(TINY_PARSEQ)
        self.margin = margin

    def forward(self, images: Tensor, *, max_chars: int | None = None) -> Tensor:
        assert max_chars is not None and images.shape[1:] == (3, *ParseqConfig().encoder.image_hw)
        logits = torch.zeros(len(images), max_chars + 1, 95)
        for place, character in enumerate("AB"[:max_chars]):
            logits[:, place, 1 + LABEL_CHARACTERS.index(character)] = self.margin
        return logits + 0 * images.mean()


def test_parseqs_judgement_is_the_cross_entropy_of_the_real_characters() -> None:
    pictures = torch.rand(3, 3, 64, 64) * 2 - 1
    texts = ["AB", "A", "AX"]
    losses = ParseqJudge(Says(3.0))(pictures, [(4, 8, 60, 40)] * 3, texts)
    right = math.log(math.e**3 + 94) - 3
    wrong = math.log(math.e**3 + 94)
    assert losses.tolist() == pytest.approx([right, right, (right + wrong) / 2], rel=1e-5)


def test_parseqs_judgement_has_a_gradient_inside_the_box_alone() -> None:
    torch.manual_seed(0)
    pictures = (torch.rand(1, 3, 64, 64) * 2 - 1).requires_grad_()
    ParseqJudge(Parseq(TINY_PARSEQ).eval())(pictures, [(4, 8, 60, 40)], ["AB"]).sum().backward()
    assert pictures.grad is not None
    assert bool(pictures.grad[..., 8:40, 4:60].any()) and not bool(pictures.grad[..., 44:, :].any())
