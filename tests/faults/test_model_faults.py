"""What happens when memory or the device fails under the model: real processes and a real, tiny model."""

import resource
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.processes import until
from tests.faults.workers import Start, address_space_bytes, grant
from tests.worker.edit_helpers import QUAD, photo_with_words, stored
from worker.photo import Photo

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits and memory are told by Linux"),
]

WORD = {"quad_px": QUAD}
QUICK = {"max_attempts": 1, "fallback": "none"}


def test_an_edit_that_needs_more_memory_than_there_is_fails_alone(workers: Start, tiny_model: Path) -> None:
    at = workers(model=tiny_model)
    at.image_id = small = stored(at.store, photo_with_words())
    [child] = at.start()
    [before] = at.queue(edits=[{"target": WORD, "text": "TAXI"}], options=QUICK)
    at.wait_for_end(before)
    grant(child, resource.RLIMIT_AS, address_space_bytes(child) + 60_000_000)
    at.image_id = stored(at.store, Photo(np.full((4000, 4000, 3), 200, np.uint8)))
    [greedy] = at.queue(edits=[{"target": WORD, "text": "TAXI"}], options=QUICK)
    at.wait_for_end(greedy)
    error = at.state(greedy).error
    assert error is not None and (error.code, error.retryable) == ("out_of_memory", True)
    assert at.main_events(greedy) == ["queued", *["started", "retrying"] * 2, "started", "failed"]
    at.image_id = small
    [after] = at.queue(edits=[{"target": WORD, "text": "TAXI"}], options=QUICK)
    at.wait_for_end(after)
    assert at.main_events(after) == ["queued", "started", "completed"] and child.is_running


def test_a_lost_device_ends_the_worker_and_another_does_the_edit(workers: Start, tiny_model: Path) -> None:
    at = workers(model=tiny_model)
    at.image_id = stored(at.store, photo_with_words())
    [struck] = at.start(module="tests.faults.striking")
    [edit_id] = at.queue(edits=[{"target": WORD, "text": "TAXI"}], options=QUICK)
    assert struck.wait(60) and struck.exit_status == 70
    assert any("the device is lost" in line for line in at.lines)
    assert at.state(edit_id).status == "queued"
    at.start()
    at.wait_for_end(edit_id)
    assert at.main_events(edit_id) == ["queued", "started", "retrying", "started", "completed"]
    (retrying,) = (event for event in at.story(edit_id) if event.type == "retrying")
    assert retrying.reason == "device_lost"


def test_a_worker_that_has_grown_ends_after_its_edit_and_leaves_the_next_to_another(workers: Start) -> None:
    at = workers()
    [child] = at.start(module="tests.faults.growing")
    first, second = at.queue(2)
    until(lambda: not child.is_running, "the worker ends")
    assert child.exit_status == 0
    assert at.state(first).status == "succeeded" and at.state(second).status == "queued"
    at.start()
    at.wait_for_end(second)
    assert at.main_events(second) == ["queued", "started", "completed"]
