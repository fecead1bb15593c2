"""The client's events when the connection or the service is lost in the middle."""

import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from respell import RespellClient, UnreachableError
from tests.backend.service import PATIENCE_S, Service, begin, emit_steps, in_background, jpeg, play_edit, service, until
from tests.respell.relay import Relay
from tests.respell.test_client import quad_request
from worker.contract import Event
from worker.records import Records

NUM_STEPS = 60


@pytest.fixture
def relay(running: Service) -> Iterator[Relay]:
    with Relay(running.port) as between:
        yield between


def assert_all_once(events: list[Event], num_steps: int = NUM_STEPS) -> None:
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert sum(event.type == "progress" for event in events) == num_steps
    assert events[-1].type == "completed"


def test_events_come_once_and_in_order_however_often_the_connection_is_cut(
    relay: Relay, running: Service, records: Records
) -> None:
    over = threading.Event()
    rng = random.Random(0)

    def cut() -> None:
        while not over.wait(rng.uniform(0.005, 0.06)):
            relay.cut()

    with RespellClient(relay.url) as client:
        edit_id = client.submit(quad_request(client)).edit_id
        with in_background(cut):
            try:
                with in_background(
                    lambda: play_edit(records, running.store, edit_id, num_steps=NUM_STEPS, pause_s=0.03)
                ):
                    events = list(client.events(edit_id))
            finally:
                over.set()
    assert_all_once(events)
    assert relay.num_connections > 5


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_service_that_restarts_in_the_middle_loses_and_doubles_nothing(
    redis_url: str, records: Records, tmp_path: Path, end: signal.Signals
) -> None:
    seen: list[Event] = []
    with service(tmp_path, redis_url) as first, Relay(first.port) as relay, RespellClient(relay.url) as client:
        edit_id = client.submit(quad_request(client)).edit_id
        attempt = begin(records, edit_id)

        def follow() -> None:
            seen.extend(client.events(edit_id))

        with in_background(follow):
            emit_steps(records, attempt, 20, pause_s=0.01)
            first.process.send_signal(end)
            first.process.wait(PATIENCE_S)
            emit_steps(records, attempt, 20, pause_s=0.01)
            with service(tmp_path, redis_url) as second:
                relay.target_port = second.port
                emit_steps(records, attempt, 20, pause_s=0.01)
                assert records.cancel(edit_id)
                records.commit_canceled(edit_id, attempt.token)
                until(lambda: seen and seen[-1].type == "canceled", "all events are there")
    assert [event.seq for event in seen] == list(range(1, len(seen) + 1))
    assert sum(event.type == "progress" for event in seen) == NUM_STEPS


def test_edit_gives_the_picture_though_the_connection_is_lost(relay: Relay, running: Service, records: Records) -> None:
    pictures: list[bytes] = []

    def play(event: Event) -> None:
        if event.type == "queued":
            pictures.append(play_edit(records, running.store, event.edit_id))
        relay.cut()

    with RespellClient(relay.url) as client:
        photo = client.upload(jpeg())
        edited = client.edit(photo, "TAXI", quad_px=[[10, 10], [100, 10], [100, 50], [10, 50]], on_event=play)
    assert [edited.picture] == pictures


def test_a_service_that_stays_away_is_given_up(relay: Relay) -> None:
    with RespellClient(relay.url, patience_s=1) as client:
        events = client.events(client.submit(quad_request(client)).edit_id)
        assert next(events).type == "queued"
        relay.target_port = 9
        relay.cut()
        with pytest.raises(UnreachableError, match=r"can't reach|was closed with 1006"):
            next(events)
