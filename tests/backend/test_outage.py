"""Redis goes away and comes back, under a real API process."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from cli.redis_server import RedisServer
from tests.backend.service import (
    PATIENCE_S,
    Service,
    begin,
    edit_body,
    emit_steps,
    play_edit,
    problem,
    send_edit,
    send_image,
    service,
    until,
)
from tests.redis_server import settle
from worker.records import Records, worker_redis


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path / "redis") as server:
        yield server


def test_without_redis_all_is_503_and_afterwards_all_is_there(own_redis: RedisServer, tmp_path: Path) -> None:
    with (
        service(tmp_path / "api", own_redis.url) as running,
        httpx.Client(base_url=running.url, timeout=PATIENCE_S) as api,
        worker_redis(own_redis.url) as client,
    ):
        image_id, edit_id = send_image(api), send_edit(api)
        settle(own_redis.url)
        own_redis.kill()
        for response in (
            api.post("/v1/edits", json=edit_body(image_id)),
            api.post("/v1/edits", json=edit_body(image_id), headers={"Idempotency-Key": "k1"}),
            api.get(f"/v1/edits/{edit_id}"),
            api.get(f"/v1/edits/{edit_id}/events"),
            api.post(f"/v1/edits/{edit_id}/cancel"),
            api.get(f"/v1/images/{image_id}"),
            api.post(f"/v1/images/{image_id}/detect"),
            api.get("/metrics"),
        ):
            assert problem(response) == (503, "queue_unavailable")
            assert int(response.headers["retry-after"]) > 0
        assert problem(api.get("/readyz")) == (503, "not_ready")
        assert api.get("/healthz").status_code == 200
        own_redis.start()
        until(lambda: api.get(f"/v1/edits/{edit_id}").status_code == 200, "the edit is there again")
        play_edit(Records(client), running.store, edit_id)
        assert api.get(f"/v1/edits/{edit_id}/result").status_code == 200


def test_a_socket_survives_an_outage_and_another_replica_takes_over(own_redis: RedisServer, tmp_path: Path) -> None:
    with (
        service(tmp_path / "api", own_redis.url) as first,
        service(tmp_path / "api", own_redis.url) as second,
        httpx.Client(base_url=first.url, timeout=PATIENCE_S) as api,
        worker_redis(own_redis.url) as client,
    ):
        records = Records(client)
        edit_id = send_edit(api)
        attempt = begin(records, edit_id)
        with connect(f"{first.ws_url}/v1/edits/{edit_id}/ws", compression=None) as socket:
            assert [event["seq"] for event in read(socket, 2)] == [1, 2]
            settle(own_redis.url)
            own_redis.kill()
            own_redis.start()
            emit_steps(records, attempt, 5)  # nobody may have heard it
            assert [event["seq"] for event in read(socket, 5)] == [3, 4, 5, 6, 7]
            first.process.kill()
        with connect(f"{second.ws_url}/v1/edits/{edit_id}/ws?after=7", compression=None) as socket:
            emit_steps(records, attempt, 1)
            assert [event["seq"] for event in read(socket, 1)] == [8]


def read(socket: Any, number: int) -> list[dict[str, Any]]:
    return [json.loads(socket.recv(PATIENCE_S)) for _ in range(number)]


def test_open_streams_hold_up_no_shutdown(own_redis: RedisServer, tmp_path: Path) -> None:
    with (
        service(tmp_path / "api", own_redis.url) as running,
        httpx.Client(base_url=running.url, timeout=PATIENCE_S) as api,
    ):
        edit_id = send_edit(api)
        body = edit_body(send_image(api))
        waited: list[int] = []
        wait = threading.Thread(
            target=lambda: waited.append(
                httpx.post(f"{running.url}/v1/edits", json=body, headers={"Prefer": "wait=60"}, timeout=90).status_code
            )
        )
        wait.start()
        with (
            connect(f"{running.ws_url}/v1/edits/{edit_id}/ws", compression=None) as socket,
            api.stream("GET", f"/v1/edits/{edit_id}/events") as stream,
        ):
            lines = stream.iter_lines()
            assert next(lines) == "id: 1"
            assert read(socket, 1)
            running.process.terminate()
            assert list(lines)[-1] == ""  # ended as a stream ends
            running.process.wait(PATIENCE_S)
        wait.join(PATIENCE_S)
        assert waited == [202]
        assert "Traceback" not in running.log and '"trace"' not in running.log


def test_the_log_is_json_about_requests_and_nothing_in_them(api: httpx.Client, running: Service) -> None:
    send_edit(api, client_ref="my very own reference")
    api.get("/v1/models", params={"token": "secret"}, headers={"X-Request-ID": "looked-for"})
    until(lambda: '"looked-for"' in running.log, "the request is in the log")
    lines = [json.loads(line) for line in running.log.splitlines()]
    (line,) = [line for line in lines if line.get("request_id") == "looked-for"]
    assert set(line) == {"at", "level", "logger", "message", "request_id", "method", "route", "status", "ms"}
    assert (line["route"], line["status"]) == ("/v1/models", 200)
    for word in ("my very own reference", "TAXI", "secret"):
        assert word not in running.log
