import importlib.metadata
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from rq.serializers import JSONSerializer

from tests.worker.edit_helpers import queue, request_for, small_photo, stored, workplace
from tests.worker.record_helpers import state, story
from worker import tasks
from worker.engine import EditWorker
from worker.fake import FakePainter
from worker.queueing import QUEUES, SafeJob, intermediate_key, job_key, queue_key
from worker.records import Records
from worker.watchdog import Watchdog


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def place(records: Records, tmp_path: Path) -> tasks.Workplace:
    made = workplace(records, tmp_path)
    tasks.equip(made)
    return made


def engine(records: Records, name: str = "w1", *, on_second_signal: Callable[[], None] = lambda: None) -> EditWorker:
    return EditWorker(
        records, name=name, model=FakePainter.facts, watchdog=Watchdog(), on_second_signal=on_second_signal
    )


def left_over(client: redis.Redis) -> dict[str, int]:
    lists = [name for queue_name in QUEUES for name in (queue_key(queue_name), intermediate_key(queue_name))]
    return {name: client.llen(name) for name in lists if client.llen(name)}


def test_rq_is_of_a_version_that_the_engine_was_written_for() -> None:
    major, minor = map(int, importlib.metadata.version("rq").split(".")[:2])
    assert major == 2 and minor >= 12


def test_interactive_edits_run_before_those_of_a_batch(records: Records, place: tasks.Workplace) -> None:
    image_id = stored(place.store, small_photo())
    priorities = ["batch", "interactive", "batch", "interactive"]
    edits = [queue(records, request_for(image_id, priority=priority)) for priority in priorities]
    assert engine(records).work(burst=True, logging_level="WARNING")
    started = [state(records, edits[index]).started_at for index in (1, 3, 0, 2)]
    assert None not in started and started == sorted(started)  # type: ignore[type-var]
    assert all(story(records, edit_id)[-1] == "completed" for edit_id in edits)
    assert left_over(records.redis) == {}


def test_a_taken_ticket_is_in_the_intermediate_list_until_its_job_begins(
    records: Records, place: tasks.Workplace
) -> None:
    edit_id = queue(records, request_for(stored(place.store, small_photo()), priority="batch"))
    worker = engine(records)
    taken = worker.dequeue_job_and_maintain_ttl(None)
    assert taken is not None and taken[0].id == edit_id
    assert records.redis.lrange(intermediate_key("batch"), 0, -1) == [edit_id.encode()]
    worker.execute_job(*taken)
    assert left_over(records.redis) == {} and story(records, edit_id)[-1] == "completed"


def test_tickets_that_nobody_can_run_do_not_stop_the_worker(
    records: Records, place: tasks.Workplace, tmp_path: Path
) -> None:
    client = records.redis
    witness = tmp_path / "witness"
    forged = SafeJob.create("os.mkdir", [str(witness)], connection=client, id="forged", serializer=JSONSerializer)
    forged.origin = "interactive"
    forged.save()
    client.hset(
        job_key("garbage"), mapping={"created_at": "yesterday", "data": b"\x80\x04cos\nsystem\n", "origin": "x"}
    )
    client.rpush(queue_key("interactive"), "garbage", "gone", "forged")
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    engine(records).work(burst=True, logging_level="CRITICAL")
    assert story(records, edit_id)[-1] == "completed"
    assert not witness.exists()
    assert left_over(client) == {}


def test_a_worker_is_announced_while_it_works_and_forgotten_when_it_ends(
    records: Records, place: tasks.Workplace
) -> None:
    seen = []

    class LookingPainter(FakePainter):
        def check_text(self, text: str) -> None:
            del text
            seen.append((records.redis.smembers("rq:workers"), records.redis.ttl("rq:worker:w1")))

    place.painter = LookingPainter(1, step_ms=1)
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    worker = engine(records)
    assert not records.redis.exists("rq:worker:w1")
    worker.work(burst=True, logging_level="WARNING")
    workers, ttl_s = seen[0]
    assert workers == {b"rq:worker:w1"} and 0 < ttl_s <= 6
    assert records.redis.smembers("rq:workers") == set()
    assert story(records, edit_id)[-1] == "completed"


def test_a_worker_that_was_taken_for_dead_is_back_with_its_next_beat(records: Records) -> None:
    worker = engine(records)
    worker.register_birth()
    records.redis.delete(worker.key)
    worker.reap()
    assert records.redis.smembers("rq:workers") == set()
    worker.announce()
    assert records.redis.smembers("rq:workers") == {worker.key.encode()}
    assert 0 < records.redis.ttl(worker.key) <= 6
    assert records.redis.hget(worker.key, "pid") == str(os.getpid()).encode()


def test_only_one_worker_reaps(records: Records, place: tasks.Workplace) -> None:
    first, second = engine(records, "w1"), engine(records, "w2")
    first.reap()
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    assert first.dequeue_job_and_maintain_ttl(None) is not None
    records.begin(edit_id, worker="w3", device="cpu", lease_s=0.01)
    time.sleep(0.1)
    second.reap()
    assert state(records, edit_id).status == "running"
    first.reap()
    assert story(records, edit_id)[-1] == "retrying"


def stop_after(seconds: float) -> None:
    threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGTERM)).start()


def test_a_signal_ends_an_idle_worker_at_once(records: Records) -> None:
    worker = engine(records)
    stop_after(1.0)
    worker.work(logging_level="WARNING")
    assert worker.was_asked_to_stop and records.redis.smembers("rq:workers") == set()


def test_a_signal_lets_the_edit_at_hand_end_and_takes_no_other(records: Records, place: tasks.Workplace) -> None:
    place.painter = FakePainter(60, step_ms=50)
    image_id = stored(place.store, small_photo())
    edits = [queue(records, request_for(image_id)) for _ in range(2)]
    stop_after(1.0)
    engine(records).work(logging_level="WARNING")
    assert [story(records, edit_id)[-1] for edit_id in edits] == ["completed", "queued"]


def test_a_second_signal_hands_the_edit_back(records: Records, place: tasks.Workplace) -> None:
    place.painter = FakePainter(600, step_ms=50)
    edit_id = queue(records, request_for(stored(place.store, small_photo())))
    stop_after(1.0)
    stop_after(1.5)
    engine(records, on_second_signal=place.hand_back).work(logging_level="WARNING")
    assert story(records, edit_id)[-1] == "retrying"
