"""Claims about UDiffText's first stage: heads as published, terms that can be switched, and that it learns."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from models.config import LabelEncoderConfig
from models.data import assets
from models.data.crop_batches import Share
from models.data.labels import LabelBatch, LabelBatches
from models.nets.recogniser import Recogniser
from models.nets.vitstr import Vitstr
from models.train.label_encoder import LabelEncoderStage, LabelLosses, LabelRun
from models.train.picture_encoders import RecogniserTokens, VitstrTokens
from models.train.steps import StepsConfig
from tests.models.nets.published_readers import TINY_VITSTR

SMALL = LabelRun(
    LabelEncoderConfig(max_chars=4, dim=32, num_layers=1, num_heads=2, dropout=0.1),
    embedding=16,
    steps=StepsConfig(1, 8, 1e-3, seed=0),
)
PUBLISHED_HEADS = {
    "logit_scale": (),
    "cls_head.1.weight": (2048, 2048),
    "cls_head.1.bias": (2048,),
    "cls_head.3.weight": (95, 2048),
    "cls_head.3.bias": (95,),
    "pos_head.1.weight": (12, 2048),
    "text_head.1.weight": (1024, 2048),
    "text_head.2.weight": (1, 12, 1),
    "text_head.2.bias": (1,),
    "visual_head.1.weight": (1024, 768),
    "visual_head.2.weight": (1, 197, 1),
    "visual_head.2.bias": (1,),
}


class Patches(nn.Module):
    """A frozen network that sees pictures as tokens: as many as said, patches of what is there."""

    image_hw = (24, 32)

    def __init__(self, num_tokens: int = 12, dim: int = 64) -> None:
        super().__init__()
        self.num_tokens, self.dim = num_tokens, dim

    def forward(self, pictures: Tensor) -> Tensor:
        return nn.functional.unfold(pictures, 8, stride=8).mT  # (B, 12, 64)


def batch(count: int = 8, position: int = 0) -> LabelBatch:
    batches = LabelBatches(
        assets.bundled(), batch_size=count, max_chars=4, picture_hw=Patches.image_hw, seed=0, share=Share()
    )
    return batches[position]


def test_heads_are_those_of_the_published_checkpoint() -> None:
    with torch.device("meta"):
        stage = LabelEncoderStage(LabelRun(), Patches(197, 768))
    heads = {name: tuple(p.shape) for name, p in stage.named_parameters() if not name.startswith("encoder.")}
    assert heads == PUBLISHED_HEADS
    assert sum(p.numel() for p in stage.encoder.parameters()) == 302_430_208


def test_terms_have_their_weights_and_positions_can_be_left_out() -> None:
    torch.manual_seed(0)
    stage = LabelEncoderStage(SMALL, Patches()).eval()
    samples = batch()
    terms = stage(samples)
    assert terms.keys() == {"contrastive", "characters", "positions"}
    encoded = stage.encoder(samples.char_ids)
    for head, targets, name in (
        (stage.cls_head, samples.char_ids, "characters"),
        (stage.pos_head, torch.arange(4).expand(8, 4), "positions"),
    ):
        chances = head(encoded).log_softmax(dim=-1)
        each = [
            -sum(chances[row, k, targets[row, k]] for k in range(len(text))) / len(text)
            for row, text in enumerate(samples.texts)
        ]
        torch.testing.assert_close(terms[name], 0.1 * torch.stack(each).mean())
    without = LabelEncoderStage(replace(SMALL, losses=LabelLosses(positions=0.0)), Patches())
    assert "positions" not in without(samples) and not hasattr(without, "pos_head")


def test_dropout_is_the_batchs_own() -> None:
    stage = LabelEncoderStage(SMALL, Patches())
    first, again, other = stage(batch()), stage(batch()), stage(replace(batch(), seed=7))
    assert first["contrastive"] == again["contrastive"] != other["contrastive"]


def test_it_learns_one_batch_by_heart() -> None:
    torch.manual_seed(0)
    stage, samples = LabelEncoderStage(SMALL, Patches()), batch()
    optimiser = torch.optim.Adam(stage.parameters(), lr=5e-3)
    for step in range(100):
        losses = stage(replace(samples, seed=step))
        torch.stack(list(losses.values())).sum().backward()
        optimiser.step()
        optimiser.zero_grad()
    assert losses["contrastive"] < 0.3 and losses["characters"] < 0.05 and losses["positions"] < 0.05
    likeness = stage.eval().likeness(samples)
    assert likeness.argmax(dim=1).tolist() == likeness.argmax(dim=0).tolist() == list(range(8))


def test_the_recogniser_tells_texts_apart_and_takes_no_gradient() -> None:
    tokens = RecogniserTokens(Recogniser.load())
    batches = LabelBatches(
        assets.bundled(), batch_size=2, max_chars=4, picture_hw=tokens.image_hw, seed=0, share=Share()
    )
    seen = tokens(batches[0].pictures)
    assert seen.shape == (2, tokens.num_tokens, tokens.dim) == (2, 96, 192) and not seen.requires_grad
    assert (seen[0] - seen[1]).abs().mean() > 0.1 * seen.abs().mean()
    assert not any(p.requires_grad for p in tokens.parameters())
    with pytest.raises(ValueError, match="the recogniser takes"):
        tokens(torch.zeros(1, 1, 40, 40))


def test_vitstrs_tokens_are_as_many_and_as_wide_as_they_say() -> None:
    tokens = VitstrTokens(Vitstr(TINY_VITSTR).eval())
    seen = tokens(torch.rand(2, 1, *tokens.image_hw))
    assert seen.shape == (2, tokens.num_tokens, tokens.dim) and not seen.requires_grad
