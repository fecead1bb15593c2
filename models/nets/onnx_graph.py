"""Imports the recogniser's ONNX graph: nodes in order, constants folded. Knows nothing of text.

It knows exactly the operators and attributes of that graph and refuses any other by name. While importing, biases and
batch norms go into convolutions and chains of primitive operators become GELU, SiLU, layer norm and linear layers.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from torch import Tensor, cat
from torch.nn import functional as F

Value = Tensor | list[int]  # shapes travel as lists; an integer scalar is a list of length one
Attribute = int | float | bytes | list[int]
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Node:
    """One operator with one output. `inputs` are names, `options` the keyword arguments of its function."""

    operator: str
    inputs: tuple[str, ...]
    output: str
    options: dict[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """Nodes in order of execution; `constants` by name, float32 or int64."""

    nodes: list[Node]
    constants: dict[str, Array]
    input_name: str


def import_graph(model: "onnx.ModelProto") -> Graph:
    """ONNX model → folded graph of `OPERATORS`. Raises ValueError for an operator or attribute it doesn't know."""
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    renamed: dict[str, str] = {}
    nodes = []
    for proto in model.graph.node:
        inputs = tuple(renamed.get(name, name) for name in proto.input)
        if proto.op_type == "Identity":
            renamed[proto.output[0]] = inputs[0]
            continue
        attributes = {entry.name: onnx.helper.get_attribute_value(entry) for entry in proto.attribute}
        nodes.append(Node(proto.op_type, inputs, proto.output[0], _options(proto.op_type, attributes)))
    for operators, fold in _FOLDS:
        nodes = _fold_chains(nodes, constants, operators, fold)
    wanted = {renamed.get(output.name, output.name) for output in model.graph.output}
    live = []
    for node in reversed(nodes):
        if node.output in wanted:
            wanted.update(node.inputs)
            live.append(node)
    if left := sorted({node.operator for node in live} - OPERATORS.keys()):
        raise ValueError(f"the importer knows {left} only as parts of a GELU or a layer norm")
    used = {name: array for name, array in constants.items() if name in wanted}
    return Graph(live[::-1], used, model.graph.input[0].name)


# What an operator may carry: None allows any value, else only the values listed.
_ATTRIBUTES: dict[str, dict[str, Sequence[Attribute] | None]] = {
    "Add": {},
    "AveragePool": {
        "ceil_mode": [0],
        "count_include_pad": [0],
        "kernel_shape": None,
        "pads": [[0, 0, 0, 0]],
        "strides": None,
    },
    "BatchNormalization": {"epsilon": None, "momentum": None},
    "Concat": {"axis": None},
    "Conv": {
        "auto_pad": [b"SAME_UPPER"],
        "dilations": [[1, 1]],
        "group": None,
        "kernel_shape": None,
        "pads": None,
        "strides": None,
    },
    "Div": {},
    "Erf": {},
    "HardSigmoid": {"alpha": None, "beta": [0.5]},
    "MatMul": {},
    "MaxPool": {"auto_pad": [b"SAME_UPPER"], "ceil_mode": [0], "kernel_shape": [[2, 2]], "strides": [[1, 1]]},
    "Mul": {},
    "Pow": {},
    "ReduceMean": {"axes": None, "keepdims": [1]},
    "Relu": {},
    "Reshape": {},
    "Shape": {},
    "Sigmoid": {},
    "Slice": {},
    "Softmax": {"axis": None},
    "Sqrt": {},
    "Squeeze": {"axes": None},
    "Sub": {},
    "Transpose": {"perm": None},
    "Unsqueeze": {"axes": [[0]]},
}


def _options(operator: str, attributes: dict[str, Attribute]) -> dict[str, Attribute]:
    """The keyword arguments of the operator's function, after refusing what it doesn't know."""
    if operator not in _ATTRIBUTES:
        raise ValueError(f"the importer doesn't know the operator {operator}; it knows {sorted(_ATTRIBUTES)}")
    known = _ATTRIBUTES[operator]
    for name, value in attributes.items():
        allowed = known.get(name, ())
        if allowed is not None and value not in allowed:
            raise ValueError(f"the importer doesn't know {operator} with {name} = {value!r}")
    if operator == "Conv":
        kernel = attributes["kernel_shape"]
        if "auto_pad" in attributes and (kernel, attributes["strides"]) != ([2, 2], [1, 1]):
            raise ValueError(f"the importer pads SAME_UPPER for 2x2 kernels at stride 1 alone, got {kernel!r}")
        pads = [0, 0, 1, 1] if "auto_pad" in attributes else attributes["pads"]
        return {"stride": attributes["strides"], "pads": pads, "groups": attributes["group"]}
    if operator == "AveragePool":
        return {"kernel_size": attributes["kernel_shape"], "stride": attributes["strides"]}
    if operator == "HardSigmoid" and not np.isclose(_number(attributes["alpha"]), 1 / 6):
        raise ValueError(f"the importer knows HardSigmoid with alpha = 1/6 alone, got {attributes['alpha']!r}")
    kept = {"BatchNormalization": ("epsilon",), "ReduceMean": ("axes",)}
    dropped = {"HardSigmoid", "MaxPool", "Unsqueeze"}
    return {} if operator in dropped else {n: v for n, v in attributes.items() if n in kept.get(operator, attributes)}


def _number(value: Attribute) -> float:
    assert isinstance(value, int | float), value
    return float(value)


Fold = Callable[[list[Node], dict[str, Node], dict[str, Array]], Node | None]


def _fold_chains(nodes: list[Node], constants: dict[str, Array], operators: tuple[str, ...], fold: Fold) -> list[Node]:
    """Replaces each chain of `operators`, where every link has one consumer, by what `fold` makes of it."""
    uses = Counter(name for node in nodes for name in node.inputs)
    producers = {node.output: node for node in nodes}
    consumer = {name: node for node in nodes for name in node.inputs}
    folded: dict[str, Node | None] = {}  # by output; None: gone
    for node in nodes:
        chain = [node]
        while len(chain) < len(operators) and uses[chain[-1].output] == 1:
            chain.append(consumer[chain[-1].output])
        if tuple(link.operator for link in chain) != operators:
            continue
        if (replacement := fold(chain, producers, constants)) is not None:
            folded |= {link.output: None for link in chain[:-1]} | {chain[-1].output: replacement}
    after = [folded.get(node.output, node) for node in nodes]
    return [node for node in after if node is not None]


def _other(node: Node, name: str) -> str:
    """The input of a two-input node that isn't `name`."""
    first, second = node.inputs
    return second if first == name else first


def _fold_bias(chain: list[Node], _: dict[str, Node], constants: dict[str, Array]) -> Node | None:
    conv, add = chain
    bias = _other(add, conv.output)
    if bias not in constants or len(conv.inputs) > 2:
        return None
    constants[bias] = constants[bias].reshape(-1)
    return replace(conv, inputs=(*conv.inputs, bias), output=add.output)


def _fold_batch_norm(chain: list[Node], _: dict[str, Node], constants: dict[str, Array]) -> Node | None:
    conv, norm = chain
    if len(conv.inputs) > 2:
        return None
    scale_name, bias_name, mean_name, variance_name = norm.inputs[1:]
    epsilon = _number(norm.options["epsilon"])
    scale = constants[scale_name] / np.sqrt(constants[variance_name] + epsilon)
    weight_name = conv.inputs[1]
    constants[bias_name] = (constants[bias_name] - constants[mean_name] * scale).astype(np.float32)
    constants[weight_name] = (constants[weight_name] * scale[:, None, None, None]).astype(np.float32)
    return replace(conv, inputs=(*conv.inputs, bias_name), output=norm.output)


def _fold_gelu(chain: list[Node], _: dict[str, Node], constants: dict[str, Array]) -> Node | None:
    """x · (1 + erf(x / √2)) · ½."""
    divide, erf, add, multiply, halve = chain
    x, root = divide.inputs
    numbers = [root, _other(add, erf.output), _other(halve, multiply.output)]
    if _other(multiply, add.output) != x or any(name not in constants for name in numbers):
        return None
    matches = np.allclose([float(constants[name]) for name in numbers], [2**0.5, 1.0, 0.5])
    return Node("Gelu", (x,), halve.output) if matches else None


def _fold_silu(chain: list[Node], _: dict[str, Node], __: dict[str, Array]) -> Node | None:
    sigmoid, multiply = chain
    x = sigmoid.inputs[0]
    return Node("Silu", (x,), multiply.output) if _other(multiply, sigmoid.output) == x else None


def _fold_layer_norm(chain: list[Node], producers: dict[str, Node], constants: dict[str, Array]) -> Node | None:
    """(x - mean) / √(mean of squares + ε) · scale + bias, over the last axis; the subtraction is left to die."""
    power, _, add_epsilon, _, divide, scale, bias = chain
    centred = producers[power.inputs[0]]
    if centred.operator != "Sub" or producers[centred.inputs[1]].operator != "ReduceMean":
        return None
    epsilon = float(constants[add_epsilon.inputs[1]])
    inputs = (centred.inputs[0], _other(scale, divide.output), _other(bias, scale.output))
    return Node("LayerNorm", inputs, bias.output, {"epsilon": epsilon})


def _fold_linear(chain: list[Node], _: dict[str, Node], constants: dict[str, Array]) -> Node | None:
    multiply, add = chain
    weight, bias = multiply.inputs[1], _other(add, multiply.output)
    if weight not in constants or bias not in constants:
        return None
    constants[weight] = np.ascontiguousarray(constants[weight].T)
    return Node("Linear", (multiply.inputs[0], weight, bias), add.output)


_FOLDS: list[tuple[tuple[str, ...], Fold]] = [
    (("Conv", "Add"), _fold_bias),
    (("Conv", "BatchNormalization"), _fold_batch_norm),
    (("Div", "Erf", "Add", "Mul", "Mul"), _fold_gelu),
    (("Sigmoid", "Mul"), _fold_silu),
    (("Pow", "ReduceMean", "Add", "Sqrt", "Div", "Mul", "Add"), _fold_layer_norm),
    (("MatMul", "Add"), _fold_linear),
]


def _conv(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, *, stride: list[int], pads: list[int], groups: int
) -> Tensor:
    top, left, bottom, right = pads
    if (top, left) != (bottom, right):
        x = F.pad(x, (left, right, top, bottom))
        top, left = 0, 0
    return F.conv2d(x, weight, bias, stride=stride, padding=(top, left), groups=groups)


def _max_pool(x: Tensor) -> Tensor:
    """2×2 at stride 1, padded below and on the right."""
    return F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=float("-inf")), 2, stride=1)


def _layer_norm(x: Tensor, scale: Tensor, bias: Tensor, *, epsilon: float) -> Tensor:
    return F.layer_norm(x.float(), scale.shape, scale.float(), bias.float(), epsilon)


def _concat(*parts: Value, axis: int) -> Value:
    tensors = [part for part in parts if isinstance(part, Tensor)]
    if not tensors:
        return [number for part in parts if isinstance(part, list) for number in part]
    assert len(tensors) == len(parts), "a tensor concatenated with a shape"
    return cat(tensors, dim=axis)


def _slice(x: Value, starts: list[int], ends: list[int], axes: list[int], steps: list[int] | None = None) -> Value:
    if len(starts) != 1 or steps not in (None, [1]):
        raise ValueError(f"the importer slices one axis at step 1, got starts {starts}, steps {steps}")
    if isinstance(x, list):
        return x[starts[0] : ends[0]]
    return x.narrow(axes[0], starts[0], ends[0] - starts[0])


def _reshape(x: Value, shape: list[int]) -> Value:
    if isinstance(x, list):
        return x
    return x.reshape([x.shape[axis] if size == 0 else size for axis, size in enumerate(shape)])  # 0 copies


OPERATORS: dict[str, Callable[..., Value]] = {
    "Add": lambda a, b: a + b,
    "AveragePool": F.avg_pool2d,
    "Concat": _concat,
    "Conv": _conv,
    "Gelu": F.gelu,
    "HardSigmoid": F.hardsigmoid,
    "LayerNorm": _layer_norm,
    "Linear": F.linear,
    "MatMul": lambda a, b: a @ b,
    "MaxPool": _max_pool,
    "Mul": lambda a, b: a * b,
    "ReduceMean": lambda x, *, axes: x.mean(axes, keepdim=True),
    "Relu": F.relu,
    "Reshape": _reshape,
    "Shape": lambda x: list(x.shape),
    "Silu": F.silu,
    "Slice": _slice,
    "Softmax": lambda x, *, axis: x.softmax(axis),
    "Squeeze": lambda x, *, axes: x if isinstance(x, list) else x.squeeze(axes),
    "Transpose": lambda x, *, perm: x.permute(perm),
    "Unsqueeze": lambda x: x if isinstance(x, list) else x.unsqueeze(0),
}
