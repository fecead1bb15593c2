import asyncio

from backend.feed import Feed, feed
from backend.hub import MAX_WAITING, Hub, Listener
from tests.backend.service import begin, emit_steps
from tests.worker.record_helpers import create
from worker.records import AsyncRecords, Records, StoredEvent, api_redis


async def take(redis_url: str, edit_id: str, *, until_seq: int, after: int = 0, pause_s: float = 0.0) -> list[int]:
    seqs: list[int] = []
    async with api_redis(redis_url) as client, Hub(client) as hub:
        with feed(AsyncRecords(client), hub, edit_id, after=after) as events:
            while not seqs or seqs[-1] < until_seq:
                event = await events.next()
                assert event is not None
                seqs.append(event.seq)
                await asyncio.sleep(pause_s)
    return seqs


async def test_who_is_slow_reads_the_stream_and_loses_nothing(redis_url: str, records: Records) -> None:
    edit_id = create(records)
    attempt = begin(records, edit_id)
    num_steps = 5 * MAX_WAITING
    emitting = asyncio.to_thread(emit_steps, records, attempt, num_steps)
    seqs, _ = await asyncio.gather(take(redis_url, edit_id, until_seq=num_steps + 2, pause_s=0.001), emitting)
    assert seqs == list(range(1, num_steps + 3))


async def test_events_come_once_although_they_are_stored_and_heard(redis_url: str, records: Records) -> None:
    edit_id = create(records)
    attempt = begin(records, edit_id)
    emit_steps(records, attempt, 3)
    emitting = asyncio.to_thread(emit_steps, records, attempt, 50, pause_s=0.002)
    seqs, _ = await asyncio.gather(take(redis_url, edit_id, after=4, until_seq=55), emitting)
    assert seqs == list(range(5, 56))


async def test_a_gap_in_what_is_heard_is_filled_from_the_stream(redis_url: str, records: Records) -> None:
    edit_id = create(records)
    attempt = begin(records, edit_id)
    async with api_redis(redis_url) as client, Hub(client) as hub:
        with feed(AsyncRecords(client), hub, edit_id) as events:
            assert [(await _next(events)).seq for _ in range(2)] == [1, 2]
            listener = events.listener
            emit_steps(records, attempt, 2)
            await listener.wait()
            while listener.take() is not None:  # lost on the way
                pass
            emit_steps(records, attempt, 1)
            assert [(await _next(events)).seq for _ in range(3)] == [3, 4, 5]


async def _next(events: Feed) -> StoredEvent:
    event = await events.next()
    assert event is not None
    return event


async def test_a_feed_ends_after_the_terminal_event_and_when_it_is_stopped(redis_url: str, records: Records) -> None:
    edit_id, other = create(records), create(records)
    async with api_redis(redis_url) as client, Hub(client) as hub:
        with feed(AsyncRecords(client), hub, edit_id) as events:
            assert (await _next(events)).type == "queued"
            records.cancel(edit_id)
            assert (await _next(events)).type == "canceled"
            assert await events.next() is None
        with feed(AsyncRecords(client), hub, other, after=1) as events:
            waiting = asyncio.create_task(events.next())
            await asyncio.sleep(0.05)
            events.stop()
            assert await waiting is None
        assert hub.num_listeners == 0
        hub.close()
        with feed(AsyncRecords(client), hub, other) as events:
            assert await events.next() is None


def test_a_listener_holds_a_bounded_number_of_messages() -> None:
    listener = Listener()
    for number in range(MAX_WAITING + 10):
        listener.put(b"%d" % number)
    assert listener.take() is None
    assert listener.take_missed() and not listener.take_missed()
    listener.put(b"next")
    assert (listener.take(), listener.take()) == (b"next", None)
