"""Many at once, and Redis away: with real connections."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Awaitable, Callable

import pytest

from cli.redis_server import RedisServer
from tests.worker.record_helpers import KEY_HASH, OUTCOME, create, edit_request, start, state, story
from worker.contract import ProgressUpdate, new_edit_id
from worker.errors import IdempotencyConflictError, QueueFullError, QueueUnavailableError
from worker.queueing import queue_key
from worker.records import AsyncRecords, Created, Records, StoredEvent, api_redis, parse_wakeup, wakeup_channel


def with_api(url: str, act: Callable[[AsyncRecords], Awaitable[None]], *, max_queued: int = 1000) -> None:
    async def run() -> None:
        client = api_redis(url)
        try:
            await act(AsyncRecords(client, max_queued=max_queued))
        finally:
            await client.aclose()

    asyncio.run(run())


def test_fifty_parallel_posts_with_one_key_make_one_edit_and_fifty_equal_answers(
    redis_url: str, records: Records
) -> None:
    async def act(api: AsyncRecords) -> None:
        async def post() -> Created:
            while True:  # a client that is told 503 comes again with its key
                with contextlib.suppress(QueueUnavailableError):
                    return await api.create(
                        new_edit_id(), edit_request(), fingerprint="f", idempotency_key_hash=KEY_HASH
                    )

        answers = await asyncio.gather(*(post() for _ in range(50)))
        assert len({answer.accepted for answer in answers}) == 1
        assert sum(not answer.replayed for answer in answers) <= 1
        with pytest.raises(IdempotencyConflictError):
            await api.create(new_edit_id(), edit_request(), fingerprint="g", idempotency_key_hash=KEY_HASH)
        other = await api.create(new_edit_id(), edit_request(), fingerprint="g", idempotency_key_hash="ff" * 32)
        assert not other.replayed

    with_api(redis_url, act)
    assert records.queue().queued == 2
    assert records.redis.llen(queue_key("interactive")) == 2


def test_a_key_gives_the_first_answer_also_when_the_queue_is_full_and_the_edit_is_done(records: Records) -> None:
    small = Records(records.redis, max_queued=1)
    first = small.create(new_edit_id(), edit_request(), fingerprint="f", idempotency_key_hash=KEY_HASH)
    again = small.create(new_edit_id(), edit_request(), fingerprint="f", idempotency_key_hash=KEY_HASH)
    assert (again.accepted, again.replayed) == (first.accepted, True)
    edit_id = first.accepted.edit_id
    small.complete(edit_id, start(small, edit_id).token, OUTCOME)
    later = small.create(new_edit_id(), edit_request(), fingerprint="f", idempotency_key_hash=KEY_HASH)
    assert (later.accepted, later.replayed) == (first.accepted, True)


def test_a_full_queue_is_exact_under_parallel_posts(records: Records) -> None:
    small = Records(records.redis, max_queued=25)
    outcomes: list[str] = []

    def post_five() -> None:
        for _ in range(5):
            try:
                create(small)
                outcomes.append("taken")
            except QueueFullError:
                outcomes.append("full")

    run_together(post_five, threads=8)
    assert (outcomes.count("taken"), outcomes.count("full")) == (25, 15)
    positions = sorted(state(records, edit_id.decode()).queue_position or 0 for edit_id in waiting(records))
    assert positions == list(range(1, 26))


def run_together(act: Callable[[], None], *, threads: int) -> None:
    """`act` in several threads that start at the same moment."""
    gate = threading.Barrier(threads)

    def run() -> None:
        gate.wait()
        act()

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def waiting(records: Records) -> list[bytes]:
    return list(records.redis.lrange(queue_key("interactive"), 0, -1))


def test_a_listener_that_comes_and_goes_gets_each_event_once_and_in_order(redis_url: str, records: Records) -> None:
    edit_id = create(records)
    token = start(records, edit_id).token
    total = 200

    def work() -> None:
        for step in range(total):
            records.emit(edit_id, token, ProgressUpdate(candidate=0, step=step, total=total))
        records.complete(edit_id, token, OUTCOME)

    async def act(api: AsyncRecords) -> None:
        got: list[StoredEvent] = []
        worker = threading.Thread(target=work)
        worker.start()
        is_over = False
        while not is_over:
            is_over = not worker.is_alive()  # what is listened for after this catches up with everything
            await listen_for_a_while(api, edit_id, got)
        worker.join()
        assert [event.seq for event in got] == list(range(1, total + 4))

    with_api(redis_url, act)


async def listen_for_a_while(api: AsyncRecords, edit_id: str, got: list[StoredEvent]) -> None:
    """The recipe: register, catch up, then what is published, and what was missed."""
    async with api.redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe(wakeup_channel(edit_id))
        got += await api.events(edit_id, after=got[-1].seq if got else 0)
        for _ in range(5):
            message = await pubsub.get_message(timeout=0.02)
            if message is None:
                continue
            event = parse_wakeup(message["data"])
            if event.seq == got[-1].seq + 1:
                got.append(event)
            elif event.seq > got[-1].seq:
                got += await api.events(edit_id, after=got[-1].seq)


def test_of_many_workers_that_take_the_same_ticket_one_begins(records: Records) -> None:
    edit_id = create(records)
    begun: list[int] = []

    def begin() -> None:
        if attempt := records.begin(edit_id, worker="w", device="cpu"):
            begun.append(attempt.token)

    run_together(begin, threads=8)
    assert begun == [1]


def test_a_worker_sits_out_an_outage_and_its_result_is_kept(redis_server: RedisServer, records: Records) -> None:
    edit_id = create(records)
    token = start(records, edit_id).token
    redis_server.stop()
    committed: list[str] = []
    worker = threading.Thread(target=lambda: committed.append(records.complete(edit_id, token, OUTCOME)))
    worker.start()
    time.sleep(1)
    assert committed == []
    redis_server.start()
    worker.join(timeout=60)
    assert committed == ["succeeded"]
    assert story(records, edit_id) == ["queued", "started", "completed"]


def test_the_api_says_at_once_that_redis_is_away_and_works_when_it_is_back(redis_server: RedisServer) -> None:
    async def act(api: AsyncRecords) -> None:
        await api.ping()
        redis_server.stop()
        started = time.monotonic()
        with pytest.raises(QueueUnavailableError):
            await api.create(new_edit_id(), edit_request(), fingerprint="f")
        assert time.monotonic() - started < 2
        redis_server.start()
        await api.ping()

    with_api(redis_server.url, act)


def test_the_api_gives_up_within_two_seconds_on_a_redis_that_never_answers() -> None:
    async def act(api: AsyncRecords) -> None:
        started = time.monotonic()
        with pytest.raises(QueueUnavailableError, match="TimeoutError"):
            await api.get(new_edit_id())
        assert time.monotonic() - started < 2.5  # 2 s and a busy machine

    with socket.create_server(("127.0.0.1", 0)) as silent:
        with_api(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", act)


def test_a_redis_that_takes_nothing_more_is_unavailable_and_no_half_edit_is_left(records: Records) -> None:
    limit = records.redis.config_get("maxmemory")["maxmemory"]
    before = records.redis.dbsize()
    records.redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(QueueUnavailableError, match="OutOfMemoryError"):
            create(records)
    finally:
        records.redis.config_set("maxmemory", limit)
    assert records.redis.dbsize() == before
    assert create(records)
