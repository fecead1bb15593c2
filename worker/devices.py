"""Where models run: chosen once, when a worker starts, and what its failures mean.

The only file of the service that asks torch what there is.
"""

import gc
import re

from worker.errors import BadSettingError, DeviceLostError, OutOfMemoryError

AUTO = "auto"

_KNOWN = re.compile(r"cpu|mps|cuda(:[0-9]{1,2})?")
# What torch's allocators, cuBLAS, OpenCV and onnxruntime say; none of them has one class for it.
_OUT_OF_MEMORY = re.compile(
    r"out of memory|insufficient memory|can't allocate memory|failed to allocate memory|alloc_failed|bad_?alloc", re.I
)
_DEVICE_LOST = re.compile(r"CUDA error:|(CUDNN|CUBLAS)_STATUS_(EXECUTION_FAILED|INTERNAL_ERROR)")


def choose_device(wanted: str) -> str:
    """`auto` → the fastest that this machine has; anything else → that one.

    Raises BadSettingError for a name that isn't known or a device that isn't there.
    """
    if wanted != AUTO and not _KNOWN.fullmatch(wanted):
        raise BadSettingError(f"a device is {AUTO}, cpu, mps, cuda or cuda:N, got {wanted!r}")
    if wanted == "cpu":
        return wanted
    present = _present()
    if wanted == AUTO:
        return present[0]
    if wanted not in present:
        raise BadSettingError(f"device {wanted!r} isn't there; this machine has {', '.join(present)}")
    return wanted


def trouble(error: Exception) -> OutOfMemoryError | DeviceLostError | None:
    """What an error of a library means, if it is about memory or the device."""
    text = str(error)
    if isinstance(error, MemoryError) or _OUT_OF_MEMORY.search(text):
        return OutOfMemoryError("the edit needs more memory than the worker has")
    if _DEVICE_LOST.search(text):
        return DeviceLostError("the worker's device failed and has to be started again")
    return None


def free_memory() -> None:
    """Gives back what torch keeps for later. To be called when the exception is gone: it holds the tensors."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def _present() -> tuple[str, ...]:
    """The fastest first."""
    import torch

    num_cuda = torch.cuda.device_count() if torch.cuda.is_available() else 0
    cuda = ("cuda", *(f"cuda:{index}" for index in range(num_cuda))) if num_cuda else ()
    mps = ("mps",) if torch.backends.mps.is_available() else ()
    return (*cuda, *mps, "cpu")
