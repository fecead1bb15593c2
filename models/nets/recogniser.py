"""The text recogniser of the `rapidocr` wheel (PP-OCRv6 small) as a frozen, differentiable torch module.

Reads the ONNX file that ships in the wheel; `onnx_graph` imports it. Reading photos is the business of `reading`.
"""

import math
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.nets.onnx_graph import OPERATORS, Graph, Node, Value, import_graph

HEIGHT_PX = 48
BLANK_ID = 0
_MODEL_FILE = "PP-OCRv6_rec_small.onnx"


def recogniser_path() -> Path:
    """The ONNX file inside the installed `rapidocr` wheel. Raises FileNotFoundError."""
    spec = find_spec("rapidocr")
    path = Path(spec.origin).parent / "models" / _MODEL_FILE if spec and spec.origin else Path(_MODEL_FILE)
    if not path.is_file():
        raise FileNotFoundError(f"{_MODEL_FILE} is not in the rapidocr wheel: looked for {path}, need rapidocr >= 3.10")
    return path


def character_list(metadata: str) -> list[str]:
    """The file's `character` entry → the character of each class; class 0 is the CTC blank, as ""."""
    return ["", *metadata.splitlines(), " "]


class Recogniser(nn.Module):
    """Images → CTC logits. The weights are buffers: they take no gradients and are in no state dict."""

    def __init__(self, graph: Graph, characters: Sequence[str]) -> None:
        """`graph` ends in the head that gives the logits of `characters`, the first of which is the blank."""
        super().__init__()
        self.characters = list(characters)
        self._ids = {character: index for index, character in enumerate(self.characters) if character}
        self._input_name = graph.input_name
        self._output_name = graph.nodes[-1].output
        # What enters a convolution that halves the height alone is the last map of a stage.
        self._feature_names = [n.inputs[0] for n in graph.nodes if n.options.get("stride") == [2, 1]]
        self._shapes: dict[str, Value] = {}
        self._weights: list[tuple[str, str]] = []  # name in the graph, name of the buffer
        for name, array in graph.constants.items():
            if array.dtype == np.int64:
                self._shapes[name] = array.reshape(-1).tolist()
            else:
                self._weights.append((name, name.replace(".", "_")))
                weight = torch.tensor(array)
                if weight.ndim == 4:
                    weight = weight.contiguous(memory_format=torch.channels_last)
                self.register_buffer(self._weights[-1][1], weight, persistent=False)
        last_use = {name: node for node in graph.nodes for name in node.inputs}
        self._steps: list[tuple[Node, list[str]]] = [
            (node, [name for name in dict.fromkeys(node.inputs) if last_use[name] is node]) for node in graph.nodes
        ]

    @classmethod
    def load(cls, *, alphabet: str | None = None) -> "Recogniser":
        """The recogniser in evaluation mode, float32, on the CPU.

        With `alphabet` the head keeps the blank and these characters alone: cheaper than 18,710 classes, and the
        probabilities are then among these. Raises ValueError for a character that the recogniser doesn't know.
        """
        model = onnx.load(recogniser_path())
        graph = import_graph(model)
        characters = character_list({entry.key: entry.value for entry in model.metadata_props}["character"])
        *_, head, softmax = graph.nodes
        if (head.operator, softmax.operator) != ("Linear", "Softmax"):
            raise ValueError(f"expected Linear, Softmax at the end, got {head.operator}, {softmax.operator}")
        graph.nodes.pop()
        first = next(node for node in graph.nodes if node.operator == "Conv")
        graph.constants[first.inputs[1]] = graph.constants[first.inputs[1]][:, ::-1].copy()  # BGR weights → RGB
        if alphabet is not None:
            if unknown := sorted(set(alphabet) - set(characters)):
                raise ValueError(f"characters the recogniser doesn't know: {unknown}")
            keep = [BLANK_ID, *(characters.index(character) for character in dict.fromkeys(alphabet))]
            characters = [characters[index] for index in keep]
            for name in head.inputs[1:]:
                graph.constants[name] = graph.constants[name][keep]
        return cls(graph, characters).eval()

    @property
    def num_classes(self) -> int:
        return len(self.characters)

    def forward(self, images: Tensor) -> Tensor:
        """`images` (B, 3, 48, W) RGB in [-1, 1] → logits (B, W/8, num_classes) float32, before the softmax."""
        return self.forward_features(images)[0]

    def forward_features(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The logits, and two feature maps for a perceptual loss: (B, 96, 12, W/4) and (B, 192, 6, W/4)."""
        if images.ndim != 4 or images.shape[1:3] != (3, HEIGHT_PX):
            raise ValueError(f"images have shape {tuple(images.shape)}, the recogniser takes (B, 3, {HEIGHT_PX}, W)")
        values: dict[str, Value] = {name: self.get_buffer(buffer) for name, buffer in self._weights}
        values |= self._shapes
        # Channels last: a third faster on a CPU in bf16, a tenth in float32.
        values[self._input_name] = images.contiguous(memory_format=torch.channels_last)
        features: dict[str, Tensor] = {}
        for node, dead in self._steps:
            value = OPERATORS[node.operator](*(values[name] for name in node.inputs), **node.options)
            values[node.output] = value
            if node.output in self._feature_names and isinstance(value, Tensor):
                features[node.output] = value
            for name in dead:
                del values[name]
        logits = values[self._output_name]
        assert isinstance(logits, Tensor), type(logits)
        return logits.float(), list(features.values())

    def targets(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Texts → CTC targets: ids (B, longest) int64 padded with the blank, and lengths (B,) int64.

        Raises ValueError for a character that is not among `characters`.
        """
        if unknown := sorted(set("".join(texts)) - self._ids.keys()):
            raise ValueError(f"characters the recogniser doesn't know: {unknown}")
        lengths = torch.tensor([len(text) for text in texts], dtype=torch.int64)
        ids = torch.full((len(texts), max(map(len, texts), default=0)), BLANK_ID, dtype=torch.int64)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = torch.tensor([self._ids[character] for character in text], dtype=torch.int64)
        return ids, lengths

    def decode(self, logits: Tensor) -> list[str]:
        """Logits (B, T, num_classes) → each row's greedy reading: repeats collapsed, blanks dropped."""
        texts = []
        for row in logits.argmax(-1).tolist():
            kept = row[:1] + [after for before, after in pairwise(row) if after != before]
            texts.append("".join(self.characters[index] for index in kept))
        return texts


def prepare(images: Tensor) -> Tensor:
    """`images` (B, 3, H, W) → (B, 3, 48, ceil(48·W/H)), bilinear without antialiasing, as the recogniser expects."""
    height, width = images.shape[2:]
    if height == HEIGHT_PX:
        return images
    size = (HEIGHT_PX, math.ceil(width * HEIGHT_PX / height))  # (h, w)
    return F.interpolate(images, size=size, mode="bilinear", align_corners=False)
