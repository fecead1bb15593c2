"""When a worker has grown so much that it had better start anew: what libraries leak or keep adds up."""

import os
from dataclasses import dataclass
from pathlib import Path

GROWTH_SHARE = 0.5  # of what the process held when its model was warm
GROWTH_BYTES = 2**29  # and so much more

_STATM = Path("/proc/self/statm")  # Linux; elsewhere only the most that a process ever held is to be had


@dataclass(frozen=True)
class MemoryLimit:
    """What a worker may hold between two jobs."""

    max_bytes: float

    @classmethod
    def above(cls, warm_bytes: int) -> "MemoryLimit":
        return cls(warm_bytes * (1 + GROWTH_SHARE) + GROWTH_BYTES)

    def is_exceeded(self) -> bool:
        return resident_bytes() > self.max_bytes


def resident_bytes() -> int:
    """Of this process; 0 where that can't be told."""
    if not _STATM.exists():
        return 0
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
