"""What is tried again, and what isn't: against a server that answers as the test says."""

import time

import pytest

from respell import BadAnswerError, EditItem, EditRequest, RefusedError, RegionTarget, RespellClient, UnreachableError
from tests.respell.scripted import Answer, refused, scripted
from worker.contract import CancelAnswer, EditAccepted, EditLinks

EDIT_ID = "edit_" + "0" * 32
ACCEPTED = EditAccepted(edit_id=EDIT_ID, queue_position=1, eta_s=None, links=EditLinks.of(EDIT_ID))
TAKEN = Answer(202, ACCEPTED.model_dump_json().encode())
CANCELED = Answer(200, CancelAnswer(cancelled=True).model_dump_json().encode())
REQUEST = EditRequest(image_id="img_" + "0" * 64, edits=(EditItem(target=RegionTarget(region_id="r0"), text="TAXI"),))


def test_an_edit_is_sent_again_with_the_same_key_until_it_is_taken() -> None:
    answers = [refused(503, "queue_unavailable", Retry_After="0"), Answer(None), refused(429, "queue_full"), TAKEN]
    with scripted(*answers) as script, RespellClient(script.url) as client:
        assert client.submit(REQUEST) == ACCEPTED
    assert len(script.requests) == 4
    assert len(set(script.requests)) == 1 and script.requests[0][2]


def test_retry_after_is_honoured() -> None:
    with scripted(refused(429, "queue_full", Retry_After="1"), TAKEN) as script, RespellClient(script.url) as client:
        started = time.monotonic()
        client.submit(REQUEST)
        assert 1.0 <= time.monotonic() - started < 5


def test_a_pause_longer_than_the_patience_is_not_begun() -> None:
    with scripted(refused(503, "no_worker", Retry_After="60")) as script, RespellClient(script.url) as client:
        started = time.monotonic()
        with pytest.raises(RefusedError) as given_up:
            client.submit(REQUEST)
        assert time.monotonic() - started < 5
    assert (given_up.value.code, given_up.value.status, given_up.value.retryable) == ("no_worker", 503, True)
    assert (given_up.value.detail, given_up.value.request_id) == ("this is no_worker", "r1")


def test_patience_ends() -> None:
    with scripted(CANCELED, Answer(None)) as script, RespellClient(script.url, patience_s=1) as client:
        client.cancel(EDIT_ID)
        started = time.monotonic()
        with pytest.raises(UnreachableError):
            client.cancel(EDIT_ID)
        assert time.monotonic() - started < 5
    assert 3 < len(script.requests) < 20


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 500])
def test_what_trying_again_would_not_change_is_not_tried_again(status: int) -> None:
    with (
        scripted(refused(status, "some_code")) as script,
        RespellClient(script.url) as client,
        pytest.raises(RefusedError) as error,
    ):
        client.submit(REQUEST)
    assert len(script.requests) == 1
    assert error.value.code == "some_code" and not error.value.retryable


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(200, b"<html>Welcome</html>"), "doesn't answer as this version of Respell does: no EditState"),
        (Answer(200, b'{"edit_id": 1}'), "no EditState"),
        (Answer(404, b"<html>Not here</html>"), "HTTP 404, and not in the words of Respell"),
        (Answer(301, b""), "HTTP 301"),
    ],
)
def test_another_program_at_that_address_is_recognised(answer: Answer, reason: str) -> None:
    with scripted(answer) as script, RespellClient(script.url) as client:
        with pytest.raises(BadAnswerError, match=reason) as error:
            client.state(EDIT_ID)
        with pytest.raises(BadAnswerError):
            list(client.events(EDIT_ID))
    assert (error.value.code, error.value.status) == ("bad_answer", answer.status)


def test_the_gateway_of_a_proxy_is_tried_again() -> None:
    with scripted(Answer(502, b"Bad Gateway"), CANCELED) as script, RespellClient(f"{script.url}/api/") as client:
        assert client.cancel(EDIT_ID)
    assert [path for _, path, _, _ in script.requests] == [f"/api/v1/edits/{EDIT_ID}/cancel"] * 2
