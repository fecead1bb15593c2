"""What happens when workers, tickets and answers get lost: nothing twice, nothing never."""

import time

import pytest

from tests.worker.record_helpers import FAILURE, IMAGE_ID, OUTCOME, create, edit_request, pop, start, state, story
from worker.contract import Failure, ImageInfo, ProgressUpdate, StageUpdate, new_edit_id
from worker.errors import StaleAttemptError
from worker.queueing import edit_job, intermediate_key, job_key, queue_key
from worker.records import Records, edits
from worker.records.values import DETECT_LEASE_S

SHORT_S = 0.05


def watch(records: Records) -> None:
    """Two questions in a row: after the first, leases that run out count."""
    assert records.expired() == []


def test_a_lost_worker_is_noticed_when_its_lease_ends_and_another_does_the_edit(records: Records) -> None:
    edit_id = create(records)
    assert pop(records.redis) == edit_id
    watch(records)
    lost = records.begin(edit_id, worker="w1", device="cpu", lease_s=SHORT_S)
    assert lost is not None
    time.sleep(2 * SHORT_S)
    assert records.expired() == [(edit_id, 1)]

    assert records.reap().retried == (edit_id,)
    assert records.reap().retried == ()
    again = start(records, edit_id)
    assert (again.attempt, again.token) == (2, lost.token + 1)
    assert records.complete(edit_id, again.token, OUTCOME) == "succeeded"
    assert story(records, edit_id) == ["queued", "started", "retrying", "started", "completed"]
    assert records.stats().counters["retried"] == 1


def test_a_beat_keeps_the_lease(records: Records) -> None:
    edit_id = create(records)
    pop(records.redis)
    watch(records)
    attempt = records.begin(edit_id, worker="w1", device="cpu", lease_s=SHORT_S)
    assert attempt is not None
    assert records.beat(edit_id, attempt.token, lease_s=60) == "go"
    time.sleep(2 * SHORT_S)
    assert records.expired() == []


def test_no_lease_ends_while_nobody_could_renew_it(records: Records) -> None:
    edit_id = create(records)
    pop(records.redis)
    records.begin(edit_id, worker="w1", device="cpu", lease_s=SHORT_S)
    time.sleep(2 * SHORT_S)
    records.redis.set("edits:watched", 0)  # as if Redis had been away: nobody asked for a while
    assert records.expired() == []
    assert records.beat(edit_id, 1) == "go"


@pytest.mark.parametrize("again", ["waits", "runs", "succeeded"])
def test_a_zombie_changes_nothing(records: Records, again: str) -> None:
    edit_id = create(records)
    zombie = start(records, edit_id)
    assert records.retrying(edit_id, zombie.attempt) == "queued"
    if again != "waits":
        other = start(records, edit_id)
        if again == "succeeded":
            records.complete(edit_id, other.token, OUTCOME)
    before, told = state(records, edit_id), story(records, edit_id)

    assert records.beat(edit_id, zombie.token) == "stale"
    late_outcome = OUTCOME.model_copy(update={"image_sha256": "ff" * 32})
    for late in (
        lambda: records.emit(edit_id, zombie.token, StageUpdate(name="checking")),
        lambda: records.complete(edit_id, zombie.token, late_outcome),
        lambda: records.fail(edit_id, zombie.token, FAILURE),
        lambda: records.commit_canceled(edit_id, zombie.token),
    ):
        with pytest.raises(StaleAttemptError):
            late()
    assert (state(records, edit_id), story(records, edit_id)) == (before, told)


def test_the_third_lost_attempt_is_the_last(records: Records) -> None:
    edit_id = create(records)
    for attempt in (1, 2):
        assert start(records, edit_id).attempt == attempt
        assert records.retrying(edit_id, attempt) == "queued"
    start(records, edit_id)
    assert records.retrying(edit_id, 3) == "failed"
    error = state(records, edit_id).error
    assert error is not None
    assert (error.code, error.retryable) == ("worker_lost", True)
    assert story(records, edit_id).count("retrying") == 2
    assert pop(records.redis) is None
    assert records.stats().counters["failed:worker_lost"] == 1


def test_of_two_reapers_one_retries(records: Records) -> None:
    edit_id = create(records)
    start(records, edit_id)
    assert [records.retrying(edit_id, 1), records.retrying(edit_id, 1)] == ["queued", None]
    assert records.redis.lrange(queue_key("interactive"), 0, -1) == [edit_id.encode()]
    start(records, edit_id)
    assert records.retrying(edit_id, 1) is None  # a late reaper, about an attempt that is over
    assert state(records, edit_id).status == "running"


def test_a_retried_edit_is_next(records: Records) -> None:
    edit_id = create(records)
    start(records, edit_id)
    create(records)
    records.retrying(edit_id, 1, "storage_unavailable")
    assert state(records, edit_id).queue_position == 1
    assert pop(records.redis) == edit_id


def test_an_edit_whose_ticket_was_taken_and_lost_gets_a_new_one(records: Records) -> None:
    edit_id, other = create(records), create(records)
    assert pop(records.redis) == edit_id  # and the worker dies
    assert records.requeue_stranded() == []  # perhaps it is only slow
    assert records.requeue_stranded(after_s=0) == [edit_id]
    assert records.requeue_stranded(after_s=0) == []
    assert records.redis.llen(intermediate_key("interactive")) == 0
    assert [pop(records.redis), pop(records.redis)] == [edit_id, other]


def test_an_edit_of_which_rq_has_forgotten_everything_gets_a_new_job(records: Records) -> None:
    edit_id = create(records, priority="batch")
    records.redis.delete(queue_key("batch"), job_key(edit_job(edit_id)))
    assert records.requeue_stranded(after_s=0) == [edit_id]
    assert records.redis.hget(job_key(edit_job(edit_id)), "origin") == b"batch"
    assert pop(records.redis) == edit_id


def test_a_second_ticket_does_no_harm(records: Records) -> None:
    edit_id = create(records)
    records.redis.rpush(queue_key("interactive"), edit_id)
    start(records, edit_id)
    assert pop(records.redis) == edit_id
    assert records.begin(edit_id, worker="w2", device="cpu") is None
    assert story(records, edit_id) == ["queued", "started"]


def test_every_call_whose_answer_got_lost_gives_the_same_answer_again_and_changes_nothing(records: Records) -> None:
    """The client library repeats a command when the connection breaks before the answer: here by hand."""
    edit_id = new_edit_id()
    run = records._run
    create_call = edits.create(edit_id, edit_request(), fingerprint="f", idempotency_key_hash="1b" * 32, max_queued=1)
    first = run(create_call)
    assert run(create_call) == first and not first.replayed
    begin_call = edits.begin(edit_id, worker="w", device="cpu", lease_s=6)
    attempt = run(begin_call)
    assert attempt is not None and run(begin_call) == attempt
    for call in (
        edits.emit(edit_id, attempt.token, ProgressUpdate(candidate=0, step=1, total=2)),
        edits.retrying(edit_id, 1, "worker_lost"),
    ):
        assert run(call) == run(call)
    attempt = run(edits.begin(edit_id, worker="w", device="cpu", lease_s=6))
    assert attempt is not None
    complete_call = edits.complete(edit_id, attempt.token, OUTCOME)
    assert [run(complete_call), run(complete_call)] == ["succeeded", "succeeded"]
    assert story(records, edit_id) == ["queued", "started", "progress", "retrying", "started", "completed"]
    assert records.stats().counters == {"created": 1, "retried": 1, "succeeded": 1, "verified": 1}

    canceled, failed = create(records), create(records)
    for call in (edits.cancel(canceled), edits.fail(failed, None, FAILURE)):
        assert run(call) == run(call)
    assert story(records, canceled) == ["queued", "canceled"]
    assert story(records, failed) == ["queued", "failed"]


def test_a_search_for_words_that_was_lost_can_be_asked_for_again(records: Records) -> None:
    records.save_image(ImageInfo(image_id=IMAGE_ID, width=1, height=1, mode="L", orientation_applied=False))
    records.request_detect(IMAGE_ID)
    pop(records.redis)  # and the worker dies
    assert records.request_detect(IMAGE_ID) == "pending"
    records.hold_detect(IMAGE_ID)
    assert 0 < records.redis.ttl(f"detect:{IMAGE_ID}") <= DETECT_LEASE_S
    records.redis.delete(f"detect:{IMAGE_ID}")  # as it expires
    assert records.request_detect(IMAGE_ID) == "queued"
    assert pop(records.redis) == f"detect_{IMAGE_ID}"


def test_a_search_for_words_that_waits_for_long_keeps_its_place(records: Records) -> None:
    records.save_image(ImageInfo(image_id=IMAGE_ID, width=1, height=1, mode="L", orientation_applied=False))
    records.request_detect(IMAGE_ID)
    create(records)
    records.redis.delete(f"detect:{IMAGE_ID}")  # as it expires
    assert records.request_detect(IMAGE_ID) == "pending"
    assert pop(records.redis) == f"detect_{IMAGE_ID}"


def test_an_edit_that_expired_while_it_waited_leaves_the_queue(records: Records) -> None:
    edit_id = create(records)
    pop(records.redis)
    records.redis.delete(f"edit:{edit_id}")
    assert records.requeue_stranded(after_s=0) == []
    assert records.queue().queued == 0


def test_a_failure_without_a_token_ends_a_queued_edit_and_takes_its_ticket(records: Records) -> None:
    edit_id = create(records)
    assert records.fail(edit_id, None, Failure(code="no_worker", message="nobody came")) == "failed"
    assert pop(records.redis) is None
