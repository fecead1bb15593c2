import time
from pathlib import Path

import pytest

from tests.worker.edit_helpers import queue, request_for, small_photo, stored, workplace
from tests.worker.record_helpers import start, state, story
from worker.contract import ProgressUpdate, StageUpdate
from worker.errors import StaleAttemptError
from worker.link import EditCanceledError, HandedBackError, Link
from worker.records import Attempt, Records


@pytest.fixture
def attempt(records: Records, tmp_path: Path) -> Attempt:
    image_id = stored(workplace(records, tmp_path).store, small_photo())
    return start(records, queue(records, request_for(image_id)))


def wait_for(link: Link, kind: type[Exception]) -> None:
    deadline = time.monotonic() + 30
    with pytest.raises(kind):
        while time.monotonic() < deadline:
            link.check()
            time.sleep(0.01)


def test_what_is_told_gets_into_the_record_in_order(records: Records, attempt: Attempt) -> None:
    with Link(records, attempt) as link:
        for name in ("searching_noise", "drawing", "blending", "checking") * 5:
            link.tell(StageUpdate(name=name))
        link.flush()
        assert story(records, attempt.edit_id) == ["queued", "started"] + ["stage"] * 20
        link.check()
    names = [event.event().name for event in records.events(attempt.edit_id, after=2)]
    assert names == ["searching_noise", "drawing", "blending", "checking"] * 5


def test_the_last_of_many_steps_is_never_left_out(records: Records, attempt: Attempt) -> None:
    with Link(records, attempt) as link:
        for step in range(1, 501):
            link.tell(ProgressUpdate(candidate=0, step=step, total=500))
        link.flush()
    told = [event.event().step for event in records.events(attempt.edit_id) if event.type == "progress"]
    assert told[-1] == 500 and told == sorted(set(told))


def test_a_cancel_is_heard(records: Records, attempt: Attempt) -> None:
    with Link(records, attempt) as link:
        link.check()
        records.cancel(attempt.edit_id)
        wait_for(link, EditCanceledError)


def test_another_attempt_is_heard_of_and_nothing_more_is_told(records: Records, attempt: Attempt) -> None:
    with Link(records, attempt) as link:
        records.retrying(attempt.edit_id, attempt.attempt)
        wait_for(link, StaleAttemptError)
        link.tell(StageUpdate(name="drawing"))
        link.flush()
    assert story(records, attempt.edit_id) == ["queued", "started", "retrying"]


def test_a_handed_back_edit_stops(records: Records, attempt: Attempt) -> None:
    with Link(records, attempt) as link:
        link.hand_back()
        with pytest.raises(HandedBackError):
            link.check()


def test_the_lease_is_renewed_as_long_as_the_link_is_there(records: Records, attempt: Attempt) -> None:
    records.expired()
    records.beat(attempt.edit_id, attempt.token, lease_s=0.2)
    with Link(records, attempt):
        time.sleep(0.5)
        assert records.expired() == []
    assert state(records, attempt.edit_id).status == "running"
