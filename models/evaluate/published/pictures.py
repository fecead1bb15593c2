"""How far drawings are from their originals as whole pictures: FID and LPIPS, with weights from published files.

FID compares the two sets, LPIPS each pair. The only file of the protocol that knows torch.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.checkpoints.foreign import read_weights
from models.data.stream import to_tensor
from models.errors import BadModelError
from models.evaluate.metrics import Image
from models.evaluate.published.inception import InceptionFeatures
from models.evaluate.published.lpips import Lpips
from models.evaluate.published.protocol import Task

ALEXNET_FILE, HEADS_FILE = "alexnet-owt-7be5be79.pth", "alex.pth"

Features = NDArray[np.float64]


class PictureMetric(Protocol):
    """Collects pictures one by one."""

    def add(self, task: Task, original: Image, drawn: Image) -> None: ...

    def figures(self, task: Task) -> dict[str, Any]:
        """`value`, None where there are too few, and the number of `pictures`."""
        ...


class FidMetric:
    """The Fréchet distance of the features of originals and drawings."""

    def __init__(self, net: InceptionFeatures) -> None:
        self._net = net.eval()
        self._features: dict[Task, list[tuple[Features, Features]]] = defaultdict(list)

    @classmethod
    def load(cls, path: Path, *, device: str) -> "FidMetric":
        """From `pt_inception-2015-12-05-6726825d.pth`, of pytorch-fid. Raises BadModelError, OSError."""
        net = InceptionFeatures()
        _fill(net, _without(read_weights(path).tensors, "fc."), path)
        return cls(net.to(device))

    @torch.inference_mode()
    def add(self, task: Task, original: Image, drawn: Image) -> None:
        device = self._net.Conv2d_1a_3x3.conv.weight.device
        pictures = (to_tensor([original, drawn]).to(device) + 1) / 2
        one, other = self._net(pictures).double().cpu().numpy()
        self._features[task].append((one, other))

    def figures(self, task: Task) -> dict[str, Any]:
        pairs = self._features[task]
        if len(pairs) < 2:
            return {"value": None, "pictures": len(pairs)}
        originals, drawings = (np.stack(features) for features in zip(*pairs, strict=True))
        return {"value": round(frechet_distance(originals, drawings), 4), "pictures": len(pairs)}


class LpipsMetric:
    """The mean over pairs."""

    def __init__(self, net: Lpips) -> None:
        self._net = net.eval()
        self._distances: dict[Task, list[float]] = defaultdict(list)

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "LpipsMetric":
        """From torchvision's AlexNet and the `lpips` package's heads (v0.1) in one folder.

        Raises BadModelError, OSError.
        """
        net = Lpips()
        alexnet = read_weights(folder / ALEXNET_FILE).tensors
        features = {name: tensor for name, tensor in alexnet.items() if name.startswith("features.")}
        _fill(net.features, {name.removeprefix("features."): t for name, t in features.items()}, folder / ALEXNET_FILE)
        heads = read_weights(folder / HEADS_FILE).tensors
        named = {name.removeprefix("lin").replace(".model.1.", "."): tensor for name, tensor in heads.items()}
        _fill(net.heads, named, folder / HEADS_FILE)
        return cls(net.to(device))

    @torch.inference_mode()
    def add(self, task: Task, original: Image, drawn: Image) -> None:
        device = self._net.shift.device
        one, other = (to_tensor([picture]).to(device) for picture in (original, drawn))
        self._distances[task].append(float(self._net(one, other)))

    def figures(self, task: Task) -> dict[str, Any]:
        distances = self._distances[task]
        value = round(float(np.mean(distances)), 4) if distances else None
        return {"value": value, "pictures": len(distances)}


def frechet_distance(one: Features, other: Features) -> float:
    """Of two sets of features (N, D) and (M, D), at least 2 each, taken to be normally distributed.

    The trace of the root of the product of the covariances is the nuclear norm of the product of the centred sets, of
    which their triangular factors are enough.
    """
    means, factors, spread = [], [], 0.0
    for features in (one, other):
        centred = (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)
        means.append(features.mean(axis=0))
        factors.append(np.linalg.qr(centred).R)
        spread += float((centred**2).sum())
    shared = float(np.linalg.svd(factors[0] @ factors[1].T, compute_uv=False).sum())
    return float(((means[0] - means[1]) ** 2).sum()) + spread - 2 * shared


def _without(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(prefix)}


def _fill(net: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raises BadModelError unless the tensors are just the net's; its counters of batches may be left out."""
    own = {name: tensor for name, tensor in net.state_dict().items() if not name.endswith("num_batches_tracked")}
    given = {name: tensor for name, tensor in tensors.items() if not name.endswith("num_batches_tracked")}
    wrong = sorted(own.keys() ^ given.keys())
    wrong += sorted(name for name in own.keys() & given.keys() if own[name].shape != given[name].shape)
    if wrong:
        raise BadModelError(f"{path} isn't the file that is needed: {len(wrong)} tensors differ, as {wrong[0]}")
    net.load_state_dict(given, strict=False)
