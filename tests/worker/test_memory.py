import subprocess
import sys

import pytest

from worker.memory import GROWTH_BYTES, MemoryLimit, resident_bytes

TOUCHED_BYTES = 64 * 2**20

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere it can't be told")


@linux_only
def test_the_memory_of_this_process_is_what_it_has_touched() -> None:
    """In a process of its own: one that has run other tests may be giving back what they held."""
    program = (
        "import numpy as np; from worker.memory import resident_bytes; before = resident_bytes();"
        f"touched = np.ones({TOUCHED_BYTES}, np.uint8); print(before, resident_bytes() - before)"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    before, grown = map(int, finished.stdout.split())
    assert before > 2**20 and 0.9 * TOUCHED_BYTES <= grown <= 1.5 * TOUCHED_BYTES


def test_a_limit_leaves_room_for_what_jobs_leave_behind() -> None:
    warm = resident_bytes()
    assert not MemoryLimit.above(warm).is_exceeded()
    assert MemoryLimit.above(warm).max_bytes >= warm + GROWTH_BYTES


@linux_only
def test_a_process_that_has_grown_beyond_it_is_told() -> None:
    assert MemoryLimit(resident_bytes() / 2).is_exceeded()
