import pytest
import torch
from torch.nn import functional as F

from models.config import FaceMatcherConfig, FaceNetConfig
from models.nets.face_net import FaceMatcher, FaceNet

TINY = FaceNetConfig(num_fonts=3, channels=(4, 8, 8, 8), features=16, dropout=0.0)


def test_it_learns_to_tell_three_textures_and_how_far_they_lean() -> None:
    torch.manual_seed(0)
    net = FaceNet(TINY)
    specimens = torch.zeros(6, 1, 40, 320)
    for row in range(6):
        specimens[row, :, :, : 200 : 2 + 2 * (row % 3)] = 1.0
    fonts, slants = torch.tensor([0, 1, 2, 0, 1, 2]), torch.tensor([0.0, 0.1, 0.2, 0.0, 0.1, 0.2])
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-2)
    for _ in range(60):
        logits, leaning = net(specimens)
        optimiser.zero_grad()
        (F.cross_entropy(logits, fonts) + 10 * (leaning - slants).abs().mean()).backward()
        optimiser.step()
    assert (logits.argmax(dim=1) == fonts).all()
    assert (leaning - slants).abs().max() < 0.04


def test_an_empty_specimen_is_no_error() -> None:
    logits, slants = FaceNet(TINY).eval()(torch.zeros(1, 1, 40, 320))
    assert logits.isfinite().all() and slants.isfinite().all()


def test_in_doubt_the_face_that_is_like_all_fonts_wins() -> None:
    matcher = FaceMatcher(FaceMatcherConfig(TINY, ("one.ttf", "two.ttf", "between.ttf"))).eval()
    matcher.alike.copy_(torch.tensor([[1.0, 0.0, 0.8], [0.0, 1.0, 0.8], [0.0, 0.0, 0.0]]))
    torch.nn.init.zeros_(matcher.net.fonts.weight)
    for logits, best in (([9.0, 0.0, -9.0], 0), ([4.0, 4.0, -9.0], 2)):
        matcher.net.fonts.bias.data = torch.tensor(logits)
        likenesses, _ = matcher(torch.rand(1, 1, 40, 320))
        assert int(likenesses.argmax()) == best
    assert likenesses[0].tolist() == pytest.approx([0.5, 0.5, 0.8], abs=1e-3)
