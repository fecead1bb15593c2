"""What happens to generations whose workers die, or that are canceled, while the picture is made: real processes, a
real pipeline of random weights.
"""

from pathlib import Path

import pytest

from tests.cli.processes import until
from tests.faults.workers import Start, Workers, now_s
from tests.models.generate.conftest import tiny_pipeline
from tests.worker.edit_helpers import queue
from worker.contract import GenerationRequest
from worker.storage import key_of

__all__ = ["tiny_pipeline"]
pytestmark = pytest.mark.slow


def slow_one(*, num_steps: int = 30, **changes: object) -> GenerationRequest:
    """Seconds, most of them for the picture."""
    picture = {"size_px": [256, 128], "num_inference_steps": num_steps}
    return GenerationRequest.model_validate(
        {"prompt": 'A "SIGN"', "picture": picture, "box_px": [40, 40, 200, 60], "n": 1, "seed": 3, **changes}
    )


def wait_for_making(at: Workers, edit_id: str) -> None:
    until(
        lambda: any(event.type == "progress" and event.candidate is None for event in at.story(edit_id)),
        "the picture is being made",
    )


def test_a_generation_whose_worker_is_killed_is_made_again_and_the_same(workers: Start, tiny_pipeline: Path) -> None:
    at = workers(num_steps=2, image_model=tiny_pipeline)
    at.start(2)
    killed = queue(at.records, slow_one())
    wait_for_making(at, killed)
    at.process_of(killed).kill()
    undisturbed = queue(at.records, slow_one())
    at.wait_for_end(killed, undisturbed)
    assert at.main_events(killed) == ["queued", "started", "retrying", "started", "completed"]
    again, first = at.state(killed).result, at.state(undisturbed).result
    assert again is not None and first is not None and at.is_stored(again)
    assert (again.image_id, again.image_sha256) == (first.image_id, first.image_sha256)


def test_a_cancel_stops_the_making_at_its_next_step_and_leaves_no_picture(workers: Start, tiny_pipeline: Path) -> None:
    at = workers(num_steps=2, image_model=tiny_pipeline)
    [child] = at.start()
    edit_id = queue(at.records, slow_one(num_steps=150))
    wait_for_making(at, edit_id)
    asked_at = now_s(at.records.redis)
    assert at.records.cancel(edit_id)
    at.wait_for_end(edit_id)
    assert at.main_events(edit_id) == ["queued", "started", "canceled"]
    assert at.story(edit_id)[-1].ts - asked_at <= 1.0
    made = [event for event in at.story(edit_id) if event.type == "progress"]
    assert all(event.candidate is None and event.step < event.total for event in made)
    next_id = queue(at.records, slow_one(picture={"size_px": [64, 64]}, box_px=[8, 8, 48, 24]))
    at.wait_for_end(next_id)
    outcome = at.state(next_id).result
    assert outcome is not None and at.store.exists(key_of(str(outcome.image_id))) and child.is_running
