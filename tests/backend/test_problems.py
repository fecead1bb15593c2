import json
import socket

import httpx
import pytest

from tests.backend.service import PATIENCE_S, QUAD, Service, edit_body, problem, send_image, until
from worker.contract import Problem
from worker.records import Records

SECRET = "my very secret sign"


def post(api: httpx.Client, content: bytes, content_type: str = "application/json") -> httpx.Response:
    return api.post("/v1/edits", content=content, headers={"Content-Type": content_type})


def test_every_refusal_is_a_problem(api: httpx.Client) -> None:
    responses = {
        404: api.get("/nothing/here"),
        405: api.put("/v1/edits"),
        415: post(api, b"x", "text/plain"),
        400: post(api, b"{"),
        422: post(api, b"{}"),
    }
    for status, response in responses.items():
        assert response.headers["content-type"] == "application/problem+json"
        content = Problem.model_validate_json(response.content)
        assert content.status == response.status_code == status
        assert content.code and content.title and content.detail
        assert content.request_id == response.headers["x-request-id"]
    assert responses[405].headers["allow"]
    pointers = {error["pointer"] for error in responses[422].json()["errors"]}
    assert pointers == {"/image_id", "/edits"}


def test_what_was_sent_is_in_no_answer_and_in_no_log(api: httpx.Client, running: Service) -> None:
    body = edit_body("img_" + "0a" * 32)
    spoilt = [
        {**body, "edits": [{"target": {"quad_px": QUAD}, "text": SECRET * 30}]},
        {**body, "edits": [{"target": {"quad_px": SECRET}, "text": "TAXI"}]},
        {**body, "edits": [{"target": {"find": {"text": SECRET, "occurrence": 0}}, "text": SECRET}]},
        {**body, "image_id": SECRET},
        {**body, "edits": [{"target": {"quad_px": QUAD}, "text": SECRET}]},
    ]
    contents = [json.dumps(one).encode() for one in spoilt] + [SECRET.encode(), f'"{SECRET}'.encode()]
    for content in contents:
        response = post(api, content)
        assert 400 <= response.status_code < 500
        assert SECRET not in response.text
    assert SECRET not in running.log


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b'{"image_id": "a", "image_id": "b"}',
        b'{"n": NaN}',
        b'{"n": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_json_is_refused(api: httpx.Client, content: bytes) -> None:
    assert problem(post(api, content)) == (400, "malformed_json")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"colour": "red"}, "/colour"),
        ({"n": 0}, "/n"),
        ({"n": "4"}, "/n"),
        ({"seed": -1}, "/seed"),
        ({"seed": 1.5}, "/seed"),
        ({"options": {"guidance_scale": 1e400}}, "/options/guidance_scale"),
        ({"options": {"steps": 3}}, "/options/steps"),
        ({"edits": []}, "/edits"),
        ({"edits": [{"target": {"quad_px": QUAD}, "text": "a\u0000b"}]}, "/edits/0/text"),
        ({"edits": [{"target": {"quad_px": QUAD, "mask_id": "x"}, "text": "a"}]}, "/edits/0/target"),
        ({"webhook_url": "http://127.0.0.1/"}, "/webhook_url"),
    ],
)
def test_each_wrong_field_is_pointed_at(api: httpx.Client, records: Records, changes: object, pointer: str) -> None:
    body = {**edit_body("img_" + "0a" * 32), **changes}  # type: ignore[dict-item]
    response = post(api, json.dumps(body).replace("Infinity", "1e400").encode())
    assert problem(response) == (422, "invalid_request")
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert records.queue().queued == 0


def test_lone_surrogates_are_refused(api: httpx.Client) -> None:
    content = json.dumps(edit_body(send_image(api))).replace("TAXI", "\\ud800").encode()
    assert problem(post(api, content)) == (422, "invalid_request")


def test_an_encoded_body_is_not_taken(api: httpx.Client) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = api.post("/v1/edits", content=b"\x1f\x8b", headers=headers)
    assert problem(response) == (415, "unsupported_media_type")


def test_a_client_may_name_its_request(api: httpx.Client) -> None:
    assert api.get("/healthz", headers={"X-Request-ID": "mine-1"}).headers["x-request-id"] == "mine-1"
    assert api.get("/healthz", headers={"X-Request-ID": "a\tb"}).headers["x-request-id"] != "a\tb"


@pytest.mark.slow
def test_a_body_that_does_not_come_is_not_waited_for(running: Service) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE_S) as connection:
        connection.sendall(
            b"POST /v1/edits HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000\r\n\r\n{"
        )
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"request_timeout"' in answer


@pytest.mark.slow
def test_a_head_that_does_not_come_is_not_waited_for(running: Service, api: httpx.Client) -> None:
    address = ("127.0.0.1", running.port)
    with (
        socket.create_connection(address, timeout=PATIENCE_S) as silent,
        socket.create_connection(address, timeout=PATIENCE_S) as slow,
    ):
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
        assert api.get("/healthz").status_code == 200
        assert silent.recv(1) == slow.recv(1) == b""


def test_a_client_that_leaves_in_the_middle_leaves_nothing(running: Service, records: Records) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE_S) as connection:
        connection.sendall(
            b"POST /v1/images HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-ID: leaving\r\nContent-Length: 2000\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
            b'Content-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc'
        )
    until(lambda: '"request_id": "leaving"' in running.log, "the request is over")
    (line,) = [json.loads(line) for line in running.log.splitlines() if '"leaving"' in line]
    assert line["status"] == 499
    assert records.queue().queued == 0


def test_an_error_of_ours_tells_nobody_what_it_was_about(api: httpx.Client, running: Service, records: Records) -> None:
    image_id = "img_" + "0b" * 32
    records.redis.hset(f"image:{image_id}", "info", json.dumps({"text": SECRET}))
    response = api.get(f"/v1/images/{image_id}")
    assert problem(response) == (500, "internal_error")
    assert SECRET not in response.text and "Traceback" not in response.text
    assert response.headers["x-request-id"] == response.json()["request_id"]
    until(lambda: '"trace"' in running.log, "the error is in the log")
    (bug,) = [json.loads(line) for line in running.log.splitlines() if '"trace"' in line]
    assert bug["error"] == "ValidationError" and any("images.py" in frame for frame in bug["trace"])
    assert SECRET not in running.log
