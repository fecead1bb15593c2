"""A second device for machines without one: torch takes it for another place, and the numbers stay on the CPU.

It refuses what CUDA refuses: operations on tensors of two devices, and `numpy()`. Its name is "meta", as torch wants a
name that it knows.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map_only

DEVICE = "meta"

_COPIES = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)


class _There(Tensor):
    """A tensor on the second device."""

    here: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, here: Tensor) -> "_There":
        return Tensor._make_wrapper_subclass(  # type: ignore[attr-defined, no-any-return]
            cls, here.size(), strides=here.stride(), dtype=here.dtype, device=DEVICE
        )

    def __init__(self, here: Tensor) -> None:
        self.here = here

    @classmethod
    def __torch_dispatch__(cls, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


class _Watch(TorchDispatchMode):
    """Sees the calls in which no tensor takes part that is there already: factories and the first copies."""

    def __torch_dispatch__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


@contextmanager
def second_device() -> Iterator[str]:
    """→ its name, for `to` and for `device=`."""
    with _Watch():
        yield DEVICE


def _run(func: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    tensors = [value for value in tree_flatten((args, kwargs))[0] if isinstance(value, Tensor)]
    there = [isinstance(tensor, _There) for tensor in tensors]
    mixed = any(there) and any(not is_there and tensor.dim() for tensor, is_there in zip(tensors, there, strict=True))
    if mixed and func not in _COPIES:
        raise RuntimeError(f"{func} got tensors of two devices: {[str(tensor.device) for tensor in tensors]}")
    wanted = kwargs.get("device")
    goes_there = any(there) if wanted is None else torch.device(wanted).type == DEVICE
    if wanted is not None:
        kwargs = {**kwargs, "device": "cpu"}
    args, kwargs = tree_map_only(_There, lambda tensor: tensor.here, (args, kwargs))
    result = func(*args, **kwargs)
    return tree_map_only(Tensor, _There, result) if goes_there else result
