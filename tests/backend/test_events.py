import asyncio
import json
import random
import threading
from contextlib import ExitStack
from socket import SHUT_RDWR
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.backend.conftest import ALLOWED_ORIGIN, API_KEY
from tests.backend.service import (
    PATIENCE_S,
    Service,
    begin,
    emit_steps,
    in_background,
    play_edit,
    problem,
    send_edit,
    until,
)
from worker.contract import EVENT, ProgressUpdate, new_edit_id
from worker.records import Records

NUM_CLIENTS = 12  # benchmarks/load.py has 40
NUM_STEPS = 60


def socket_of(running: Service, edit_id: str, query: str = "", **options: Any) -> ClientConnection:
    return connect(
        f"{running.ws_url}/v1/edits/{edit_id}/ws{query}", compression=None, open_timeout=PATIENCE_S, **options
    )


def read_all(socket: ClientConnection) -> tuple[list[dict[str, Any]], bytes | None, int]:
    """Events, the binary message, the close code."""
    events: list[dict[str, Any]] = []
    picture = None
    try:
        while True:
            message = socket.recv(PATIENCE_S)
            if isinstance(message, bytes):
                assert picture is None
                picture = message
            else:
                assert picture is None, "an event after the picture"
                events.append(json.loads(message))
    except ConnectionClosed as closed:
        assert closed.rcvd is not None
        return events, picture, closed.rcvd.code


def num_sockets(running: Service) -> float:
    text = httpx.get(f"{running.url}/metrics").text
    return float(next(line for line in text.splitlines() if line.startswith("respell_websockets ")).split()[1])


def test_a_socket_and_the_page_are_counted_under_their_routes(api: httpx.Client, running: Service) -> None:
    with socket_of(running, send_edit(api)):
        pass
    assert api.get("/").status_code == 200
    assert api.get("/assets/none.js").status_code == 404
    assert api.get("/nowhere").status_code == 404
    counted = (
        'method="WEBSOCKET",route="/v1/edits/{edit_id}/ws",status="101"',
        'method="GET",route="/",status="200"',
        'method="GET",route="/assets",status="404"',
        'method="GET",route="unknown",status="404"',
    )
    names = [f"respell_http_requests_total{{{one}}}" for one in counted]
    until(lambda: all(name in api.get("/metrics").text for name in names), "all four are counted")


def test_a_socket_tells_all_and_then_sends_the_picture(api: httpx.Client, records: Records, running: Service) -> None:
    edit_id = send_edit(api)
    pictures: list[bytes] = []
    with (
        socket_of(running, edit_id) as socket,
        in_background(lambda: pictures.append(play_edit(records, running.store, edit_id, pause_s=0.01))),
    ):
        events, picture, code = read_all(socket)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events] == ["queued", "started", "stage", *["progress"] * 5, "completed"]
    assert {event["edit_id"] for event in events} == {edit_id}
    for event in events:
        EVENT.validate_python(event)
    assert (picture, code) == (pictures[0], 1000)


def test_who_comes_late_gets_the_same(api: httpx.Client, records: Records, running: Service) -> None:
    edit_id = send_edit(api)
    picture = play_edit(records, running.store, edit_id)
    with socket_of(running, edit_id) as socket:
        all_events, *rest = read_all(socket)
    assert rest == [picture, 1000]
    with socket_of(running, edit_id, "?after=4") as socket:
        later, *rest = read_all(socket)
    assert later == all_events[4:]
    assert rest == [picture, 1000]
    with socket_of(running, edit_id, f"?after={len(all_events)}") as socket:
        assert read_all(socket) == ([], picture, 1000)


def test_a_canceled_edit_ends_without_a_picture(api: httpx.Client, running: Service) -> None:
    edit_id = send_edit(api)
    with socket_of(running, edit_id) as socket:
        api.post(f"/v1/edits/{edit_id}/cancel")
        events, picture, code = read_all(socket)
    assert [event["type"] for event in events] == ["queued", "canceled"]
    assert (picture, code) == (None, 1000)


def test_a_socket_to_nothing_is_closed_with_the_reason(api: httpx.Client, records: Records, running: Service) -> None:
    for edit_id in (new_edit_id(), "edit_x", "*"):
        with socket_of(running, edit_id) as socket:
            assert read_all(socket) == ([], None, 4404)
    edit_id = send_edit(api)
    for query in ("?after=2", "?after=-1", "?after=x", "?after=1e3"):
        with socket_of(running, edit_id, query) as socket:
            assert read_all(socket) == ([], None, 4400)
    play_edit(records, running.store, edit_id)
    for path in (running.folder / "blobs" / "results").rglob("*.png"):
        path.unlink()  # as the sweeper does
    with socket_of(running, edit_id) as socket:
        assert read_all(socket)[1:] == (None, 4410)
    api.delete(f"/v1/edits/{edit_id}")
    with socket_of(running, edit_id) as socket:
        assert read_all(socket) == ([], None, 4404)


def test_previews_are_live_only(api: httpx.Client, records: Records, running: Service) -> None:
    edit_id = send_edit(api)
    attempt = begin(records, edit_id)
    with socket_of(running, edit_id) as socket:
        assert [json.loads(socket.recv(PATIENCE_S))["seq"] for _ in range(2)] == [1, 2]
        update = ProgressUpdate(candidate=0, step=1, total=2, preview="AAAA")
        records.emit(edit_id, attempt.token, update)
        assert json.loads(socket.recv(PATIENCE_S))["preview"] == "AAAA"
    with socket_of(running, edit_id, "?after=2") as socket:
        assert json.loads(socket.recv(PATIENCE_S)).get("preview") is None


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://localhost.evil.example"]
)
def test_a_foreign_page_gets_no_socket(api: httpx.Client, running: Service, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        socket_of(running, send_edit(api), origin=origin)
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body)["code"] == "origin_refused"


def test_our_own_page_and_those_allowed_get_one(api: httpx.Client, running: Service) -> None:
    edit_id = send_edit(api)
    for origin in (running.url, ALLOWED_ORIGIN):
        with socket_of(running, edit_id, origin=origin) as socket:
            assert json.loads(socket.recv(PATIENCE_S))["seq"] == 1


def test_a_browser_can_send_its_key_as_a_subprotocol(api: httpx.Client, running: Service) -> None:
    edit_id = send_edit(api)
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    with pytest.raises(InvalidStatus) as refused:
        socket_of(running, edit_id, additional_headers=elsewhere)
    assert refused.value.response.status_code == 401
    protocols = ["respell.v1", f"respell.key.{quote(API_KEY, safe='')}"]
    with socket_of(running, edit_id, additional_headers=elsewhere, subprotocols=protocols) as socket:
        assert socket.subprotocol == "respell.v1"
        assert json.loads(socket.recv(PATIENCE_S))["seq"] == 1


def test_a_socket_ends_when_its_client_does(api: httpx.Client, running: Service) -> None:
    edit_id = send_edit(api)
    before = num_sockets(running)
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket_of(running, edit_id)) for _ in range(10)]
        until(lambda: num_sockets(running) == before + 10, "ten are open")
        for socket in sockets:
            socket.socket.shutdown(SHUT_RDWR)  # without a word
        until(lambda: num_sockets(running) == before, "none is left")


def test_what_a_client_says_is_limited(api: httpx.Client, running: Service) -> None:
    edit_id = send_edit(api)
    with socket_of(running, edit_id, "?after=1") as socket:
        socket.send(b"junk")
        assert read_all(socket)[2] == 1003
    with socket_of(running, edit_id, "?after=1") as socket:
        for _ in range(101):
            socket.send("hello")
        assert read_all(socket)[2] == 1008
    with socket_of(running, edit_id, "?after=1") as socket:
        socket.send("x" * 100_000)
        assert read_all(socket)[2] == 1009


def test_clients_that_drop_and_resume_lose_nothing(api: httpx.Client, records: Records, running: Service) -> None:
    edit_id = send_edit(api)
    got: list[list[int]] = [[] for _ in range(NUM_CLIENTS)]
    rng = random.Random(0)

    async def flap(seqs: list[int]) -> None:
        while not seqs or seqs[-1] < 2 + NUM_STEPS:
            after = seqs[-1] if seqs else 0
            url = f"{running.ws_url}/v1/edits/{edit_id}/ws?after={after}"
            async with connect_async(url, compression=None, open_timeout=PATIENCE_S) as socket:
                try:
                    seqs.append(json.loads(await socket.recv())["seq"])  # a slow machine must get on as well
                    async with asyncio.timeout(rng.uniform(0.005, 0.06)):
                        while True:
                            seqs.append(json.loads(await socket.recv())["seq"])
                except (TimeoutError, ConnectionClosedOK):
                    socket.transport.abort()

    async def all_clients() -> None:
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
            for seqs in got:
                group.create_task(flap(seqs))

    with in_background(lambda: emit_steps(records, begin(records, edit_id), NUM_STEPS, pause_s=0.02)):
        asyncio.run(all_clients())
    assert got == [list(range(1, NUM_STEPS + 3))] * NUM_CLIENTS


def lines_of(response: httpx.Response) -> list[dict[str, str]]:
    events = []
    for block in response.text.strip().split("\n\n"):
        if not block.startswith(":"):
            events.append(dict(line.split(": ", 1) for line in block.splitlines()))
    return events


def test_server_sent_events_are_the_same_events(api: httpx.Client, records: Records, running: Service) -> None:
    edit_id = send_edit(api)
    with in_background(lambda: play_edit(records, running.store, edit_id, pause_s=0.01)):
        response = api.get(f"/v1/edits/{edit_id}/events")
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-accel-buffering"] == "no"
    events = lines_of(response)
    with socket_of(running, edit_id) as socket:
        assert [json.loads(event["data"]) for event in events] == read_all(socket)[0]
    assert [int(event["id"]) for event in events] == list(range(1, len(events) + 1))
    assert [event["event"] for event in events][-1] == "completed"


def test_server_sent_events_go_on_where_they_broke_off(api: httpx.Client, records: Records, running: Service) -> None:
    edit_id = send_edit(api)
    play_edit(records, running.store, edit_id)
    path = f"/v1/edits/{edit_id}/events"
    everything = lines_of(api.get(path))
    assert lines_of(api.get(path, headers={"Last-Event-ID": "3"})) == everything[3:]
    assert lines_of(api.get(path, params={"after": "3"})) == everything[3:]
    assert api.get(path, headers={"Last-Event-ID": everything[-1]["id"]}).status_code == 204
    assert problem(api.get(path, headers={"Last-Event-ID": "999"})) == (400, "bad_last_event_id")


def test_a_stream_ends_when_its_client_does(api: httpx.Client, running: Service) -> None:
    edit_id = send_edit(api)
    with api.stream("GET", f"/v1/edits/{edit_id}/events") as response:
        next(response.iter_lines())
    request_id = response.headers["x-request-id"]
    until(lambda: f'"request_id": "{request_id}", "method": "GET"' in running.log, "the request is over", timeout_s=10)


def test_one_client_that_does_not_read_holds_up_nobody(api: httpx.Client, records: Records, running: Service) -> None:
    edit_id = send_edit(api)
    attempt = begin(records, edit_id)
    with socket_of(running, edit_id, max_queue=1, close_timeout=0.1), socket_of(running, edit_id) as reader:
        seen: list[int] = []
        thread = threading.Thread(
            target=lambda: seen.extend(json.loads(reader.recv(PATIENCE_S))["seq"] for _ in range(302))
        )
        thread.start()
        emit_steps(records, attempt, 300)
        thread.join(PATIENCE_S)
    assert seen == list(range(1, 303))
