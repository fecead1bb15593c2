"""Where models run: chosen once, when a worker starts. The only file of the service that asks torch what there is."""

import re

from worker.errors import BadSettingError

AUTO = "auto"

_KNOWN = re.compile(r"cpu|mps|cuda(:[0-9]{1,2})?")


def choose_devices(wanted: str) -> tuple[str, ...]:
    """`auto` → what this machine has, the fastest first; anything else → that one alone.

    Raises BadSettingError for a name that isn't known or a device that isn't there.
    """
    if wanted != AUTO and not _KNOWN.fullmatch(wanted):
        raise BadSettingError(f"a device is {AUTO}, cpu, mps, cuda or cuda:N, got {wanted!r}")
    if wanted == "cpu":
        return (wanted,)
    present = _present()
    if wanted == AUTO:
        return tuple(name for name in present if ":" not in name)
    if wanted not in present:
        raise BadSettingError(f"device {wanted!r} isn't there; this machine has {', '.join(present)}")
    return (wanted,)


def _present() -> tuple[str, ...]:
    import torch

    num_cuda = torch.cuda.device_count() if torch.cuda.is_available() else 0
    cuda = ("cuda", *(f"cuda:{index}" for index in range(num_cuda))) if num_cuda else ()
    mps = ("mps",) if torch.backends.mps.is_available() else ()
    return (*cuda, *mps, "cpu")
