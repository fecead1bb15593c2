"""The published weights of ViTSTR and PARSeq → their nets. All that a file holds is used or knowingly left out."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from models.checkpoints.foreign import read_weights
from models.config import VITSTR_BASE, ParseqConfig, VisionTransformerConfig
from models.errors import BadModelError
from models.nets.parseq import Parseq
from models.nets.vitstr import Vitstr

# Its authors' file, UDiffText's pre-training file, and the checkpoint that DreamText trains from and writes.
_VITSTR_PREFIXES = ("module.vitstr.", "visual_encoder.", "conditioner.embedders.0.visual_encoder.")
_VITSTR_HEAD = ("head.weight", "head.bias")  # it reads; what is wanted are the features below it
# Its authors' file, and what UDiffText saves when it trains with PARSeq's loss.
_PARSEQ_PREFIXES = ("", "loss_fn.predictor.parseq.")
_NAMED = 3  # of the names that are wrong, how many a message has

_Net = TypeVar("_Net", bound=nn.Module)


def load_vitstr(path: Path, *, config: VisionTransformerConfig = VITSTR_BASE) -> Vitstr:
    """From `vitstr_base_patch16_224.pth` or a checkpoint of UDiffText's character encoder: in evaluation mode, frozen.

    `config` is for other sizes than published. Raises BadModelError for anything else, OSError where there is no file.
    """
    tensors = _under_prefix(path, _VITSTR_PREFIXES, landmark="cls_token", of="ViTSTR")
    features = {name: tensor for name, tensor in tensors.items() if name not in _VITSTR_HEAD}
    return _filled(lambda: Vitstr(config), features, path)


def load_parseq(path: Path, *, config: ParseqConfig | None = None) -> Parseq:
    """From `parseq-bb5792a6.pt`: in evaluation mode, frozen.

    `config` is for other sizes than published. Raises BadModelError for anything else, OSError where there is no file.
    """
    tensors = _under_prefix(path, _PARSEQ_PREFIXES, landmark="pos_queries", of="PARSeq")
    return _filled(lambda: Parseq(config), tensors, path)


def _under_prefix(path: Path, prefixes: tuple[str, ...], *, landmark: str, of: str) -> dict[str, Tensor]:
    """The tensors under the one prefix that has the landmark, without it."""
    tensors = read_weights(path).tensors
    for prefix in prefixes:
        if prefix + landmark in tensors:
            return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
    wanted = " or ".join(prefix + landmark for prefix in prefixes)
    raise BadModelError(f"{path} holds no {of}: there is no {wanted}, but {_some(sorted(tensors))}")


def _filled(build: Callable[[], _Net], tensors: Mapping[str, Tensor], path: Path) -> _Net:
    with torch.device("meta"):
        net = build()
    expected = net.state_dict()
    if missing := sorted(expected.keys() - tensors.keys()):
        raise BadModelError(f"{path} lacks {len(missing)} tensors of {type(net).__name__}: {_some(missing)}")
    if unknown := sorted(tensors.keys() - expected.keys()):
        raise BadModelError(f"{path} has {len(unknown)} tensors that {type(net).__name__} hasn't: {_some(unknown)}")
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape:
            wanted = tuple(expected[name].shape)
            raise BadModelError(f"{path} has {name} of shape {tuple(tensor.shape)}, {type(net).__name__}'s is {wanted}")
    net.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=True, assign=True)
    return net.requires_grad_(False).eval()


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
