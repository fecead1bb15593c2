import sys

import numpy as np
import pytest

from worker.memory import GROWTH_BYTES, MemoryLimit, resident_bytes

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere it can't be told")


@linux_only
def test_the_memory_of_this_process_is_what_it_has_touched() -> None:
    before = resident_bytes()
    touched = np.ones(64 * 2**20, np.uint8)
    grown = resident_bytes() - before
    assert before > 2**20 and 0.9 * touched.nbytes <= grown <= 1.5 * touched.nbytes


def test_a_limit_leaves_room_for_what_jobs_leave_behind() -> None:
    warm = resident_bytes()
    assert not MemoryLimit.above(warm).is_exceeded()
    assert MemoryLimit.above(warm).max_bytes >= warm + GROWTH_BYTES


@linux_only
def test_a_process_that_has_grown_beyond_it_is_told() -> None:
    assert MemoryLimit(resident_bytes() / 2).is_exceeded()
