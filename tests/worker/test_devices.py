from collections.abc import Callable

import cv2
import numpy as np
import pytest
import torch

from worker.devices import choose_device, free_memory, trouble
from worker.errors import BadSettingError, DeviceLostError, OutOfMemoryError

HUGE = 2**48  # bytes: more than any address space has


def test_a_device_has_to_be_there() -> None:
    assert choose_device("cpu") == "cpu"
    for wanted, reason in (("toaster", "auto, cpu, mps"), ("cuda:99", "isn't there; this machine has .*cpu")):
        with pytest.raises(BadSettingError, match=reason):
            choose_device(wanted)


def test_auto_is_a_device_that_can_be_used() -> None:
    assert torch.ones(1, device=choose_device("auto")).item() == 1


@pytest.mark.parametrize(
    "take",
    [
        lambda: torch.empty(HUGE, dtype=torch.uint8),
        lambda: np.empty(HUGE, np.uint8),
        lambda: bytearray(HUGE),
        lambda: cv2.resize(np.zeros((2, 2), np.uint8), (2**31 - 1, 2**17)),
    ],
    ids=["torch", "numpy", "python", "opencv"],
)
def test_what_libraries_say_when_memory_is_short_is_understood(take: Callable[[], object]) -> None:
    with pytest.raises(Exception) as caught:  # each library has a class of its own
        take()
    assert isinstance(trouble(caught.value), OutOfMemoryError)


def test_errors_of_the_device_are_told_from_those_of_memory() -> None:
    out_of_memory = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has …")
    late = torch.AcceleratorError("CUDA error: out of memory")
    assert isinstance(trouble(out_of_memory), OutOfMemoryError) and isinstance(trouble(late), OutOfMemoryError)
    lost = torch.AcceleratorError("CUDA error: an illegal memory access was encountered")
    assert isinstance(trouble(lost), DeviceLostError)
    assert trouble(RuntimeError("The size of tensor a (3) must match the size of tensor b (4)")) is None


def test_freeing_memory_needs_no_gpu() -> None:
    free_memory()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_that_is_full_can_be_used_again() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(HUGE, dtype=torch.uint8, device="cuda")
    assert isinstance(trouble(caught.value), OutOfMemoryError)
    del caught
    free_memory()
    assert torch.ones(1, device="cuda").item() == 1
