"""Claims about the published weights of ViTSTR and PARSeq: each layout loads whole, and nothing else does."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from models.checkpoints.readers import load_parseq, load_vitstr
from models.errors import BadModelError
from models.nets.vitstr import Vitstr
from tests.models.nets.published_readers import TINY_PARSEQ, TINY_VITSTR, tiny_parseq

Tensors = dict[str, Tensor]


def vitstr() -> Tensors:
    torch.manual_seed(3)
    net = Vitstr(TINY_VITSTR)
    head = {"head.weight": torch.randn(96, 8), "head.bias": torch.randn(96)}
    return {name: torch.randn_like(tensor) for name, tensor in net.state_dict().items()} | head


def saved(content: object, path: Path) -> Path:
    torch.save(content, path)
    return path


def prefixed(prefix: str, tensors: Tensors) -> Tensors:
    return {prefix + name: tensor for name, tensor in tensors.items()}


@pytest.mark.parametrize(
    "content",
    [
        lambda t: prefixed("module.vitstr.", t),
        lambda t: {"state_dict": {"logit_scale": torch.zeros(()), **prefixed("visual_encoder.", t)}, "epoch": 19},
        lambda t: {"state_dict": prefixed("conditioner.embedders.0.visual_encoder.", t)},
    ],
    ids=["its authors'", "UDiffText's pre-training", "DreamText's"],
)
def test_vitstr_loads_from_each_published_layout(tmp_path: Path, content: Callable[[Tensors], object]) -> None:
    tensors = vitstr()
    net = load_vitstr(saved(content(tensors), tmp_path / "file.pth"), config=TINY_VITSTR)
    assert all(torch.equal(tensor, tensors[name]) for name, tensor in net.state_dict().items())
    assert not net.training and not any(parameter.requires_grad for parameter in net.parameters())


@pytest.mark.parametrize("prefix", ["", "loss_fn.predictor.parseq."])
def test_parseq_loads_from_each_published_layout(tmp_path: Path, prefix: str) -> None:
    net, images = tiny_parseq(), torch.randn(2, 3, 32, 128)
    path = saved(prefixed(prefix, net.state_dict()), tmp_path / "parseq.pt")
    loaded = load_parseq(path, config=TINY_PARSEQ)
    with torch.no_grad():
        torch.testing.assert_close(loaded(images), net(images))
    assert not loaded.training


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("module.vitstr.norm.bias"), "lacks 1 tensors of Vitstr: norm.bias"),
        (lambda t: t.update({"module.vitstr.fc.weight": torch.ones(1)}), "1 tensors that Vitstr hasn't: fc.weight"),
        (
            lambda t: t.update({"module.vitstr.norm.bias": torch.ones(3)}),
            r"norm.bias of shape \(3,\), Vitstr's is \(8,\)",
        ),
        (lambda t: t.pop("module.vitstr.cls_token"), "holds no ViTSTR: there is no module.vitstr.cls_token or "),
        (lambda t: t.clear(), "no checkpoint with weights"),
    ],
)
def test_other_files_are_refused_and_said_why(tmp_path: Path, change: Callable[[Tensors], None], message: str) -> None:
    tensors = prefixed("module.vitstr.", vitstr())
    change(tensors)
    with pytest.raises(BadModelError, match=message):
        load_vitstr(saved(tensors, tmp_path / "file.pth"), config=TINY_VITSTR)


def test_the_other_readers_file_is_refused(tmp_path: Path) -> None:
    path = saved(prefixed("module.vitstr.", vitstr()), tmp_path / "vitstr.pth")
    with pytest.raises(BadModelError, match=r"vitstr.pth holds no PARSeq: there is no pos_queries or .*module.vitstr"):
        load_parseq(path)


def test_a_file_that_would_run_something_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModelError, match="asks for pathlib"):
        load_parseq(saved({"pos_queries": Path("x")}, tmp_path / "parseq.pt"))
