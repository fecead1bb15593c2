import pytest

from tests.worker.record_helpers import (
    FAILURE,
    IMAGE_ID,
    OUTCOME,
    create,
    edit_request,
    pop,
    start,
    state,
    story,
)
from worker.contract import (
    CandidateUpdate,
    DetectResult,
    Failure,
    ImageInfo,
    MaskInfo,
    ProgressUpdate,
    Region,
    StageUpdate,
    new_edit_id,
)
from worker.errors import EditNotFoundError, ImageNotFoundError, QueueFullError, StaleAttemptError
from worker.queueing import DOORBELL_KEY
from worker.records import Records, parse_wakeup, wakeup_channel

IMAGE = ImageInfo(image_id=IMAGE_ID, width=640, height=480, mode="RGB", orientation_applied=True)
REGION = Region(region_id="r0", quad_px=((1, 2), (9, 2), (9, 6), (1, 6)), text="EXIT", confidence=0.9, char_height_px=4)


def test_an_edit_goes_from_queued_over_running_to_succeeded(records: Records) -> None:
    edit_id = create(records)
    assert (state(records, edit_id).status, state(records, edit_id).queue_position) == ("queued", 1)

    attempt = start(records, edit_id)
    assert (attempt.attempt, attempt.request) == (1, edit_request())
    assert records.begin(edit_id, worker="w2", device="cpu") is None
    records.emit(edit_id, attempt.token, StageUpdate(name="drawing"))
    records.emit(edit_id, attempt.token, ProgressUpdate(candidate=0, step=7, total=50))
    told = CandidateUpdate(index=0, ocr_text="Café", score=0.5, verified=True, char_errors=0)
    records.emit(edit_id, attempt.token, told)
    running = state(records, edit_id)
    assert (running.status, running.worker, running.queue_position) == ("running", "w1", None)
    assert running.progress is not None
    assert (running.progress.stage, running.progress.step, running.progress.total) == ("drawing", 7, 50)
    assert [candidate.ocr_text for candidate in running.candidates] == ["Café"]

    assert records.complete(edit_id, attempt.token, OUTCOME) == "succeeded"
    done = state(records, edit_id)
    assert (done.status, done.result, done.progress, done.seq) == ("succeeded", OUTCOME, None, 6)
    assert done.started_at is not None and done.finished_at is not None
    assert done.created_at <= done.started_at <= done.finished_at
    assert story(records, edit_id) == ["queued", "started", "stage", "progress", "candidate", "completed"]


def test_a_failure_is_in_the_state_and_in_the_last_event(records: Records) -> None:
    edit_id = create(records)
    assert records.fail(edit_id, start(records, edit_id).token, FAILURE) == "failed"
    assert (state(records, edit_id).status, state(records, edit_id).error) == ("failed", FAILURE)
    last = records.events(edit_id)[-1].event()
    assert last.model_dump(exclude={"edit_id", "seq", "ts"}) == {"type": "failed"} | FAILURE.model_dump()


@pytest.mark.parametrize("end", ["succeeded", "failed", "canceled", "canceled while queued"])
def test_a_terminal_state_never_changes(records: Records, end: str) -> None:
    edit_id = create(records)
    token = 0 if end == "canceled while queued" else start(records, edit_id).token
    match end:
        case "succeeded":
            records.complete(edit_id, token, OUTCOME)
        case "failed":
            records.fail(edit_id, token, FAILURE)
        case "canceled":
            records.commit_canceled(edit_id, token)
        case "canceled while queued":
            assert records.cancel(edit_id)
    before, told = state(records, edit_id), story(records, edit_id)

    for late in (
        lambda: records.emit(edit_id, token, StageUpdate(name="checking")),
        lambda: records.complete(edit_id, token, OUTCOME),
        lambda: records.fail(edit_id, token, FAILURE),
        lambda: records.fail(edit_id, None, FAILURE),
        lambda: records.commit_canceled(edit_id, token),
    ):
        with pytest.raises(StaleAttemptError, match=edit_id):
            late()
    assert records.beat(edit_id, token) == "stale"
    assert records.retrying(edit_id, 1) is None
    assert records.cancel(edit_id) is False
    assert records.begin(edit_id, worker="w2", device="cpu") is None
    assert (state(records, edit_id), story(records, edit_id)) == (before, told)
    assert records.queue().queued == records.queue().running == 0


def test_cancel_ends_a_queued_edit_at_once_and_takes_its_ticket(records: Records) -> None:
    first, second = create(records), create(records)
    assert records.cancel(first) is True
    assert story(records, first) == ["queued", "canceled"]
    assert state(records, second).queue_position == 1
    assert pop(records.redis) == second
    assert records.cancel(first) is False


def test_cancel_of_a_running_edit_is_told_to_the_worker_who_commits_it(records: Records) -> None:
    edit_id = create(records)
    attempt = start(records, edit_id)
    assert records.beat(edit_id, attempt.token) == "go"
    assert [records.cancel(edit_id), records.cancel(edit_id)] == [True, True]
    assert records.is_cancel_requested(edit_id)
    assert (state(records, edit_id).status, state(records, edit_id).cancel_requested) == ("running", True)
    assert records.beat(edit_id, attempt.token) == "cancel"
    records.commit_canceled(edit_id, attempt.token)
    assert story(records, edit_id) == ["queued", "started", "canceled"]


@pytest.mark.parametrize("end", ["complete", "fail", "retrying"])
def test_what_was_promised_to_be_canceled_ends_canceled_whatever_the_worker_says(records: Records, end: str) -> None:
    edit_id = create(records)
    attempt = start(records, edit_id)
    assert records.cancel(edit_id) is True
    match end:
        case "complete":
            assert records.complete(edit_id, attempt.token, OUTCOME) == "canceled"
        case "fail":
            assert records.fail(edit_id, attempt.token, FAILURE) == "canceled"
        case "retrying":
            assert records.retrying(edit_id, 1) == "canceled"
    assert state(records, edit_id).result is None
    assert story(records, edit_id) == ["queued", "started", "canceled"]


def test_interactive_edits_stand_before_those_of_a_batch(records: Records) -> None:
    batch = [create(records, priority="batch") for _ in range(2)]
    interactive = [create(records) for _ in range(2)]
    assert [state(records, edit_id).queue_position for edit_id in interactive + batch] == [1, 2, 3, 4]
    assert [pop(records.redis) for _ in range(4)] == interactive + batch
    assert records.queue().depth == {"interactive": 0, "batch": 0}


def test_the_queue_takes_exactly_as_many_as_it_may(records: Records) -> None:
    small = Records(records.redis, max_queued=3)
    edit_ids = [create(small) for _ in range(3)]
    with pytest.raises(QueueFullError, match="3 edits are waiting"):
        create(small)
    attempt = start(small, edit_ids[0])
    create(small)
    with pytest.raises(QueueFullError):
        create(small)
    small.complete(edit_ids[0], attempt.token, OUTCOME)
    assert small.queue().queued == 3


def test_events_after_a_seq_are_those_after_it_and_live_ones_hold_the_preview(records: Records) -> None:
    edit_id = create(records)
    with records.redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(wakeup_channel(edit_id))
        assert pubsub.get_message(timeout=5) is None
        token = start(records, edit_id).token
        records.emit(edit_id, token, ProgressUpdate(candidate=0, step=1, total=2, preview="/9j/"))
        records.complete(edit_id, token, OUTCOME)
        live = [parse_wakeup(message["data"]) for _ in range(3) if (message := pubsub.get_message(timeout=5))]
    stored = records.events(edit_id, after=1)
    assert [event.seq for event in live] == [event.seq for event in stored] == [2, 3, 4]
    assert [live[0], live[2]] == [stored[0], stored[2]]
    assert live[1].event() == stored[1].event().model_copy(update={"preview": "/9j/"})
    assert [event.is_terminal for event in live] == [False, False, True]
    assert records.events(edit_id, after=4) == records.events(edit_id, after=10**9) == []


def test_a_retried_edit_starts_with_no_candidates(records: Records) -> None:
    edit_id = create(records)
    token = start(records, edit_id).token
    records.emit(edit_id, token, CandidateUpdate(index=3, ocr_text="", score=0, verified=False, char_errors=4))
    records.retrying(edit_id, 1)
    start(records, edit_id)
    assert state(records, edit_id).candidates == ()


def test_unknown_and_malformed_ids_are_told_apart_from_ours_before_any_key_is_built(records: Records) -> None:
    assert records.get(new_edit_id()) is None
    assert records.begin(new_edit_id(), worker="w", device="cpu") is None
    with pytest.raises(EditNotFoundError):
        records.cancel(new_edit_id())
    for malformed in ("*", "../x", "edit_", "edit_" + "0" * 33, "edit_" + "0" * 31 + "\n", "x" * 10_000):
        with pytest.raises(EditNotFoundError) as refusal:
            records.get(malformed)
        assert len(str(refusal.value)) < 200
    with pytest.raises(ImageNotFoundError):
        records.get_image("img_*")
    assert records.redis.keys("*") == []


def test_a_request_that_isnt_ready_isnt_kept(records: Records) -> None:
    with pytest.raises(ValueError, match="pictures never travel through Redis"):
        create(records, edits=[{"target": {"mask_png_base64": "iVBORw0KGgo="}, "text": ""}])
    with pytest.raises(ValueError, match="a seed is drawn before"):
        create(records, seed=None)


def test_an_edit_is_forgotten_with_all_its_keys_once_it_has_ended(records: Records) -> None:
    edit_id = create(records)
    assert not records.forget(edit_id) and state(records, edit_id).status == "queued"
    records.cancel(edit_id)
    assert records.forget(edit_id)
    assert not [key for key in records.redis.keys("*") if edit_id.encode() in key]
    with pytest.raises(EditNotFoundError):
        records.forget(edit_id)


def test_everything_of_an_edit_expires(records: Records) -> None:
    edit_id = create(records)
    records.complete(edit_id, start(records, edit_id).token, OUTCOME)
    lifetimes = {key.decode(): records.redis.ttl(key) for key in records.redis.keys(f"*{edit_id}*")}
    assert lifetimes.keys() >= {f"edit:{edit_id}", f"ev:{edit_id}"}
    rq_only = f"rq:job:{edit_id}"  # RQ deletes it when its worker has run the job
    assert all(7 * 24 * 3600 - 60 < ttl <= 7 * 24 * 3600 for key, ttl in lifetimes.items() if key != rq_only)


def test_totals_count_each_edit_once(records: Records) -> None:
    good, bad, gone = (create(records) for _ in range(3))
    records.complete(good, start(records, good).token, OUTCOME)
    records.fail(bad, start(records, bad).token, FAILURE)
    records.cancel(gone)
    stats = records.stats()
    assert stats.counters == {
        "created": 3,
        "succeeded": 1,
        "failed": 1,
        "failed:bad_text": 1,
        "canceled": 1,
        "verified": 1,
    }
    assert sum(stats.wait_s.counts) == sum(stats.run_s.counts) == 2
    assert len(stats.run_s.counts) == len(stats.run_s.bounds_s) + 1
    assert create(records) and records.stats().counters["created"] == 4
    assert state(records, create(records)).eta_s is not None


def test_images_and_masks_are_kept_for_the_retention_time(records: Records) -> None:
    short = Records(records.redis, retention_s=100)
    mask = MaskInfo(mask_id="mask_" + "3d" * 32, width=640, height=480)
    short.save_image(IMAGE)
    short.save_mask(mask)
    assert (short.get_image(IMAGE_ID), short.get_mask(mask.mask_id)) == (IMAGE, mask)
    assert all(0 < short.redis.ttl(key) <= 100 for key in short.redis.keys("*"))
    assert [short.delete_image(IMAGE_ID), short.delete_image(IMAGE_ID)] == [True, False]
    assert short.get_image(IMAGE_ID) is None


def test_words_are_looked_for_once_and_kept_with_the_picture(records: Records) -> None:
    found = DetectResult(image_id=IMAGE_ID, regions=(REGION,))
    with pytest.raises(ImageNotFoundError):
        records.request_detect(IMAGE_ID)
    records.save_image(IMAGE)
    assert [records.request_detect(IMAGE_ID), records.request_detect(IMAGE_ID)] == ["queued", "pending"]
    assert pop(records.redis) == f"detect_{IMAGE_ID}"
    assert records.get_detect(IMAGE_ID) is None
    assert records.save_regions(IMAGE_ID, found)
    assert (records.request_detect(IMAGE_ID), records.get_detect(IMAGE_ID)) == ("done", found)
    records.delete_image(IMAGE_ID)
    assert records.save_regions(IMAGE_ID, found) is False
    assert records.redis.exists(f"image:{IMAGE_ID}") == 0


def test_a_failed_search_for_words_can_be_asked_for_again(records: Records) -> None:
    records.save_image(IMAGE)
    records.request_detect(IMAGE_ID)
    assert pop(records.redis) == f"detect_{IMAGE_ID}"
    failure = Failure(code="image_not_found", message="no such file")
    assert records.fail_detect(IMAGE_ID, failure)
    assert records.get_detect(IMAGE_ID) == failure
    assert records.request_detect(IMAGE_ID) == "queued"
    assert records.get_detect(IMAGE_ID) is None


def test_the_doorbell_rings_once_a_ticket_and_never_grows(records: Records) -> None:
    create(records)
    assert records.redis.llen(DOORBELL_KEY) == 1
    for _ in range(70):
        create(records)
    assert records.redis.llen(DOORBELL_KEY) == 64
