import json
import zlib
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Callback
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer
from rq.webhook import Webhook

from tests.worker.record_helpers import IMAGE_ID, create
from worker import queueing
from worker.contract import ImageInfo, new_edit_id
from worker.queueing import DETECT_FUNCTION, EDIT_FUNCTION, SafeJob, UnsafeJobError, rq_queues
from worker.records import Records


def as_queued(fields: list[str | bytes]) -> dict[str, str | bytes]:
    return {str(name): value for name, value in zip(fields[::2], fields[1::2], strict=True)}


def fetch(records: Records, job_id: str) -> SafeJob:
    job = SafeJob.fetch(job_id, connection=records.redis, serializer=JSONSerializer)
    assert isinstance(job, SafeJob)
    return job


def plain_queue(redis: Redis) -> Queue:
    """The queue as somebody else would write into it."""
    return Queue("interactive", connection=redis, serializer=JSONSerializer)


def test_rq_finds_the_job_of_an_edit_as_if_it_had_queued_it_itself(records: Records) -> None:
    edit_id = create(records)
    interactive, batch = rq_queues(records.redis)
    assert (interactive.job_ids, batch.job_ids) == ([edit_id], [])
    job = fetch(records, edit_id)
    job.check()
    assert (job.func_name, list(job.args), job.kwargs, job.origin) == (EDIT_FUNCTION, [edit_id], {}, "interactive")
    assert (job.get_status(), job.timeout, job.result_ttl) == ("queued", -1, 0)
    assert set(Queue.all(records.redis)) == {interactive}


def test_our_hash_of_a_job_holds_what_rq_would_have_written(records: Records) -> None:
    edit_id = new_edit_id()
    by_rq = SafeJob.create(
        EDIT_FUNCTION,
        args=[edit_id],
        connection=records.redis,
        id=edit_id,
        timeout=-1,
        result_ttl=0,
        failure_ttl=queueing.FAILURE_TTL_S,
        serializer=JSONSerializer,
        description=f"{EDIT_FUNCTION}({edit_id})",
    ).to_dict()
    ours = as_queued(queueing.edit_fields(edit_id))
    set_by_rq = {name for name, value in by_rq.items() if value != ""}
    assert ours.keys() - {"enqueued_at"} == set_by_rq
    data = [zlib.decompress(fields["data"]) for fields in (ours, by_rq)]
    assert json.loads(data[0]) == json.loads(data[1])
    for name in set_by_rq - {"created_at", "data", "status"}:
        assert ours[name] == str(by_rq[name])


def test_the_job_that_looks_for_words_is_one_of_ours(records: Records) -> None:
    records.save_image(ImageInfo(image_id=IMAGE_ID, width=1, height=1, mode="L", orientation_applied=False))
    records.request_detect(IMAGE_ID)
    job = fetch(records, queueing.detect_job(IMAGE_ID))
    job.check()
    assert (job.func_name, list(job.args)) == (DETECT_FUNCTION, [IMAGE_ID])


@pytest.mark.parametrize(
    ("function", "args", "kwargs"),
    [
        ("os.system", ["true"], {}),
        ("subprocess.run", [["true"]], {}),
        ("worker.tasks.os.system", ["true"], {}),
        ("worker.tasks", [], {}),
        (EDIT_FUNCTION, [], {}),
        (EDIT_FUNCTION, ["../../etc/passwd"], {}),
        (EDIT_FUNCTION, [IMAGE_ID], {}),
        (EDIT_FUNCTION, ["edit_" + "0" * 32, 1], {}),
        (EDIT_FUNCTION, ["edit_" + "0" * 32], {"debug": True}),
        (EDIT_FUNCTION, [7], {}),
        (DETECT_FUNCTION, ["edit_" + "0" * 32], {}),
    ],
)
def test_a_job_that_isnt_ours_isnt_run(
    records: Records, function: str, args: list[object], kwargs: dict[str, object]
) -> None:
    job_id = plain_queue(records.redis).enqueue(function, args=args, kwargs=kwargs, job_id="attack").id
    with pytest.raises(UnsafeJobError, match="attack"):
        fetch(records, job_id).perform()


def test_a_method_isnt_run(records: Records) -> None:
    job = plain_queue(records.redis).enqueue(EDIT_FUNCTION, "edit_" + "0" * 32, job_id="attack")
    data = json.dumps((EDIT_FUNCTION, "an instance", ["edit_" + "0" * 32], {})).encode()
    records.redis.hset(job.key, "data", zlib.compress(data))
    with pytest.raises(UnsafeJobError, match="other arguments"):
        fetch(records, "attack").perform()


@pytest.mark.parametrize("hook", ["on_success", "on_failure", "on_stopped", "webhooks"])
def test_a_job_with_callbacks_or_webhooks_isnt_run_and_keeps_none(records: Records, hook: str) -> None:
    value = [Webhook("http://127.0.0.1:1/", "finished")] if hook == "webhooks" else Callback("os.system")
    edit_id = new_edit_id()
    plain_queue(records.redis).enqueue(EDIT_FUNCTION, edit_id, job_id=edit_id, **{hook: value})
    job = fetch(records, edit_id)
    assert (job.success_callback, job.failure_callback, job.stopped_callback, job.webhooks) == (None, None, None, [])
    with pytest.raises(UnsafeJobError, match="callbacks or webhooks"):
        job.perform()


def test_a_pickle_isnt_loaded(records: Records, tmp_path: Path) -> None:
    proof = tmp_path / "executed"
    job = plain_queue(records.redis).enqueue(EDIT_FUNCTION, new_edit_id(), job_id="attack")
    records.redis.hset(job.key, "data", f"cposix\nsystem\n(S'touch {proof}'\ntR.".encode())
    work(records.redis)
    assert not proof.exists()
    assert failed(records.redis) == {"attack"}


def test_a_worker_fails_the_jobs_of_an_attacker_and_runs_nothing_of_them(records: Records, tmp_path: Path) -> None:
    queue = plain_queue(records.redis)
    proofs = [tmp_path / name for name in ("function", "callback", "failure")]
    queue.enqueue("os.system", f"touch {proofs[0]}", job_id="function")
    touch = Callback("tests.worker.test_queueing.touch")
    queue.enqueue("builtins.str", meta={"path": str(proofs[1])}, on_success=touch, job_id="callback")
    queue.enqueue("builtins.int", "x", meta={"path": str(proofs[2])}, on_failure=touch, job_id="failure")
    work(records.redis)
    assert [proof for proof in proofs if proof.exists()] == []
    assert failed(records.redis) == {"function", "callback", "failure"}


def touch(job: SafeJob, *_: object) -> None:
    Path(job.meta["path"]).touch()


def work(redis: Redis) -> None:
    worker = SimpleWorker(rq_queues(redis), connection=redis, job_class=SafeJob, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="CRITICAL")


def failed(redis: Redis) -> set[str]:
    registry = FailedJobRegistry("interactive", connection=redis, job_class=SafeJob, serializer=JSONSerializer)
    return set(registry.get_job_ids(cleanup=False))
