import base64
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from PIL import Image

from tests.backend.conftest import API_KEY
from tests.backend.service import (
    QUAD,
    REGION,
    Service,
    begin,
    complete,
    edit_body,
    in_background,
    play_edit,
    problem,
    saved,
    send_edit,
    send_image,
    take_ticket,
    until,
)
from worker.contract import DetectResult, EditAccepted, EditRequest, EditState, Failure, new_edit_id
from worker.errors import StaleAttemptError
from worker.records import Records

MASK = saved(Image.linear_gradient("L").resize((200, 100)), "PNG")


def state_of(api: httpx.Client, edit_id: str) -> EditState:
    response = api.get(f"/v1/edits/{edit_id}")
    assert response.status_code == 200
    return EditState.model_validate_json(response.content)


def test_an_edit_goes_from_request_to_picture(api: httpx.Client, records: Records, running: Service) -> None:
    body = edit_body(send_image(api), n=2, client_ref="mine", output={"format": "png"})
    response = api.post("/v1/edits", json=body)
    accepted = EditAccepted.model_validate_json(response.content)
    assert response.status_code == 202
    assert response.headers["location"] == accepted.links.self == f"/v1/edits/{accepted.edit_id}"
    assert response.headers["retry-after"] == "1"
    assert accepted.queue_position == 1

    queued = state_of(api, accepted.edit_id)
    assert (queued.status, queued.queue_position, queued.request.client_ref) == ("queued", 1, "mine")
    assert queued.request.seed is not None
    assert problem(api.get(accepted.links.result)) == (409, "result_not_ready")

    assert take_ticket(records) == accepted.edit_id
    picture = play_edit(records, running.store, accepted.edit_id)
    done = state_of(api, accepted.edit_id)
    assert done.status == "succeeded" and done.result is not None and done.result.verified
    result = api.get(accepted.links.result)
    assert (result.content, result.headers["content-type"]) == (picture, "image/png")
    assert api.get(f"{accepted.links.self}/candidates/0").content == picture
    assert problem(api.get(f"{accepted.links.self}/candidates/1")) == (404, "candidate_not_found")  # none was kept
    assert problem(api.get(f"{accepted.links.self}/candidates/9")) == (404, "candidate_not_found")


def test_a_result_that_the_client_has_is_not_sent_again(api: httpx.Client, records: Records, running: Service) -> None:
    edit_id = send_edit(api)
    play_edit(records, running.store, edit_id)
    etag = api.get(f"/v1/edits/{edit_id}/result").headers["etag"]
    again = api.get(f"/v1/edits/{edit_id}/result", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_nothing_is_left_of_a_deleted_edit(api: httpx.Client, records: Records, running: Service) -> None:
    edit_id = send_edit(api)
    play_edit(records, running.store, edit_id)
    result = state_of(api, edit_id).result
    assert result is not None
    hashes = {candidate.image_sha256 for candidate in result.candidates} - {None}

    def stored() -> set[str]:
        return hashes & {path.stem for path in (running.folder / "blobs" / "results").rglob("*.png")}

    assert stored() == hashes
    etag = api.get(f"/v1/edits/{edit_id}/result").headers["etag"]
    assert api.delete(f"/v1/edits/{edit_id}").status_code == 204
    known = api.get(f"/v1/edits/{edit_id}/result", headers={"If-None-Match": etag})
    for response in (api.get(f"/v1/edits/{edit_id}"), known, api.delete(f"/v1/edits/{edit_id}")):
        assert problem(response) == (404, "edit_not_found")
    assert not stored()
    assert not [key for key in records.redis.keys("*") if edit_id.encode() in key]


def test_deleting_an_edit_that_waits_takes_it_from_the_queue(api: httpx.Client, records: Records) -> None:
    edit_id = send_edit(api)
    assert api.delete(f"/v1/edits/{edit_id}").status_code == 204
    assert take_ticket(records) is None and records.queue().queued == 0
    assert problem(api.get(f"/v1/edits/{edit_id}")) == (404, "edit_not_found")


def test_deleting_a_running_edit_stops_it_first(api: httpx.Client, records: Records, running: Service) -> None:
    edit_id = send_edit(api)
    attempt = begin(records, edit_id)

    def worker() -> None:
        until(lambda: records.beat(edit_id, attempt.token) == "cancel", "the worker is told to stop")
        records.commit_canceled(edit_id, attempt.token)

    with in_background(worker):
        assert api.delete(f"/v1/edits/{edit_id}").status_code == 204
    assert problem(api.get(f"/v1/edits/{edit_id}")) == (404, "edit_not_found")
    with pytest.raises(StaleAttemptError):
        complete(records, running.store, attempt, MASK)
    assert problem(api.get(f"/v1/edits/{edit_id}")) == (404, "edit_not_found")


def test_an_edit_whose_worker_does_not_stop_cannot_be_deleted_yet(api: httpx.Client, records: Records) -> None:
    edit_id = send_edit(api)
    attempt = begin(records, edit_id)
    response = api.delete(f"/v1/edits/{edit_id}")
    assert problem(response) == (409, "edit_running") and response.headers["retry-after"] == "1"
    assert state_of(api, edit_id).cancel_requested
    records.commit_canceled(edit_id, attempt.token)
    assert api.delete(f"/v1/edits/{edit_id}").status_code == 204


def test_cancel_is_at_once_in_the_queue_and_idempotent(api: httpx.Client) -> None:
    edit_id = send_edit(api)
    assert api.post(f"/v1/edits/{edit_id}/cancel").json() == {"cancelled": True}
    assert state_of(api, edit_id).status == "canceled"
    assert api.post(f"/v1/edits/{edit_id}/cancel").json() == {"cancelled": False}


def test_cancel_tells_the_worker_of_a_running_edit(api: httpx.Client, records: Records) -> None:
    edit_id = send_edit(api)
    attempt = begin(records, edit_id)
    for _ in range(2):
        assert api.post(f"/v1/edits/{edit_id}/cancel").json() == {"cancelled": True}
    assert state_of(api, edit_id).cancel_requested
    assert records.beat(edit_id, attempt.token) == "cancel"
    records.commit_canceled(edit_id, attempt.token)
    assert state_of(api, edit_id).status == "canceled"


def test_cancel_changes_nothing_once_it_is_done(api: httpx.Client, records: Records, running: Service) -> None:
    edit_id = send_edit(api)
    play_edit(records, running.store, edit_id)
    before = state_of(api, edit_id)
    assert api.post(f"/v1/edits/{edit_id}/cancel").json() == {"cancelled": False}
    assert state_of(api, edit_id) == before


def test_unknown_edits_are_404_on_every_path(api: httpx.Client) -> None:
    path = f"/v1/edits/{new_edit_id()}"
    answers = [api.get(path + tail) for tail in ("", "/result", "/candidates/0", "/events")]
    for response in [*answers, api.post(f"{path}/cancel"), api.delete(path)]:
        assert problem(response) == (404, "edit_not_found")


def test_fifty_posts_with_one_key_are_one_edit(api: httpx.Client, records: Records) -> None:
    body = edit_body(send_image(api))
    with ThreadPoolExecutor(25) as threads:
        posts = [threads.submit(api.post, "/v1/edits", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(50)]
        responses = [post.result() for post in posts]
    assert {response.status_code for response in responses} == {202}
    assert len({response.content for response in responses}) == 1
    assert sum("idempotent-replayed" not in response.headers for response in responses) == 1
    assert records.queue().queued == 1


def test_a_key_with_another_request_is_refused(api: httpx.Client, records: Records) -> None:
    image_id, headers = send_image(api), {"Idempotency-Key": "k1"}
    assert api.post("/v1/edits", json=edit_body(image_id), headers=headers).status_code == 202
    other = api.post("/v1/edits", json=edit_body(image_id, n=1), headers=headers)
    assert problem(other) == (422, "idempotency_conflict")
    assert records.queue().queued == 1


def test_a_key_belongs_to_who_sent_it(api: httpx.Client, records: Records) -> None:
    body = edit_body(send_image(api))
    mine = api.post("/v1/edits", json=body, headers={"Idempotency-Key": "k1"})
    theirs = api.post("/v1/edits", json=body, headers={"Idempotency-Key": "k1", "X-API-Key": API_KEY})
    assert mine.json()["edit_id"] != theirs.json()["edit_id"]
    assert records.queue().queued == 2


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ä"])
def test_keys_that_are_none_are_refused(api: httpx.Client, key: str) -> None:
    response = api.post("/v1/edits", content=b"{}", headers={b"Idempotency-Key": key.encode("latin-1")})
    assert problem(response) == (400, "bad_idempotency_key")


def test_a_full_queue_refuses_before_the_body_and_lets_retries_through(api: httpx.Client, records: Records) -> None:
    first = api.post("/v1/edits", json=edit_body(send_image(api)), headers={"Idempotency-Key": "k1"})
    request = EditRequest.model_validate(edit_body(send_image(api), seed=1))
    for number in range(999):
        accepted = records.create(new_edit_id(), request, fingerprint=str(number)).accepted
    assert abs(accepted.queue_position - 1000) <= 1
    until(lambda: api.post("/v1/edits", json=edit_body(send_image(api))).status_code == 429, "the queue is full")

    refused = api.post("/v1/edits", content=b"not even JSON", headers={"Content-Type": "application/json"})
    assert problem(refused) == (429, "queue_full")
    assert int(refused.headers["retry-after"]) > 0
    with_key = api.post("/v1/edits", json=edit_body(send_image(api)), headers={"Idempotency-Key": "k2"})
    assert problem(with_key) == (429, "queue_full")
    again = api.post("/v1/edits", json=edit_body(send_image(api)), headers={"Idempotency-Key": "k1"})
    assert (again.status_code, again.content) == (202, first.content)
    assert records.queue().queued == 1000
    assert state_of(api, accepted.edit_id).queue_position == 1000
    records.redis.flushall()
    until(lambda: api.post("/v1/edits", content=b"").status_code != 429, "the queue is known to be empty again")


def test_a_client_may_wait_for_the_end(api: httpx.Client, records: Records, running: Service) -> None:
    def play_worker() -> None:
        until(lambda: records.queue().queued == 1, "an edit waits")
        ticket = take_ticket(records)
        assert ticket is not None
        play_edit(records, running.store, ticket, pause_s=0.02)

    body = edit_body(send_image(api))
    with in_background(play_worker):
        response = api.post("/v1/edits", json=body, headers={"Prefer": "wait=60"})
    assert (response.status_code, response.headers["preference-applied"]) == (200, "wait=60")
    assert EditState.model_validate_json(response.content).status == "succeeded"


def test_waiting_ends_in_time(api: httpx.Client) -> None:
    began_at = time.monotonic()
    response = api.post("/v1/edits", json=edit_body(send_image(api)), headers={"Prefer": "respond-async, wait=1"})
    assert response.status_code == 202
    assert 1 <= time.monotonic() - began_at < 20


def test_a_dry_run_checks_everything_and_queues_nothing(api: httpx.Client, records: Records) -> None:
    image_id = send_image(api)
    fine = api.post("/v1/edits", json=edit_body(image_id, dry_run=True))
    assert fine.status_code == 200
    assert fine.json()["request"]["image_id"] == image_id
    outside = edit_body(image_id, dry_run=True)
    outside["edits"][0]["target"]["quad_px"][1][0] = 500
    assert problem(api.post("/v1/edits", json=outside)) == (422, "invalid_request")
    assert records.queue().queued == 0


def test_targets_must_be_there(api: httpx.Client, records: Records) -> None:
    image_id = send_image(api)
    unknown_image = "img_" + "0a" * 32

    def refusal(target: object, **changes: object) -> tuple[int, str]:
        body = edit_body(image_id, edits=[{"target": target, "text": "TAXI", **changes}])
        return problem(api.post("/v1/edits", json=body))

    assert problem(api.post("/v1/edits", json=edit_body(unknown_image))) == (404, "image_not_found")
    assert refusal({"mask_id": "mask_" + "0a" * 32}) == (404, "mask_not_found")
    assert refusal({"region_id": "r0"}) == (422, "region_not_found")
    records.save_regions(image_id, DetectResult(image_id=image_id, regions=(REGION,)))
    assert refusal({"region_id": "r1"}) == (422, "region_not_found")
    assert refusal({"quad_px": QUAD}, style_from={"region_id": "r1"}) == (422, "region_not_found")
    assert refusal({"quad_px": QUAD[::-1]}) == (422, "invalid_request")
    assert refusal({"quad_px": QUAD}, style_from={"quad_px": [[0, 0], [900, 0], [900, 9], [0, 9]]}) == (
        422,
        "invalid_request",
    )
    assert records.queue().queued == 0
    fine = api.post("/v1/edits", json=edit_body(image_id, edits=[{"target": {"region_id": "r0"}, "text": "TAXI"}]))
    assert fine.status_code == 202


def test_a_mask_that_is_sent_along_is_stored_first(api: httpx.Client, records: Records, running: Service) -> None:
    target = {"mask_png_base64": base64.b64encode(MASK).decode()}
    edit_id = send_edit(api, edits=[{"target": target, "text": "TAXI"}])
    stored = state_of(api, edit_id).request.edits[0].target.model_dump()["mask_id"]
    assert records.get_mask(stored) is not None
    assert list(running.folder.rglob(stored.removeprefix("mask_")))
    sent_before = api.post("/v1/masks", files={"mask": MASK}).json()["mask_id"]
    assert sent_before == stored


def test_masks_must_fit_the_picture(api: httpx.Client) -> None:
    image_id = send_image(api)
    small = base64.b64encode(saved(Image.new("L", (50, 50), 255), "PNG")).decode()
    for data, expected in [
        (small, (422, "bad_mask")),
        (base64.b64encode(b"no picture at all").decode(), (422, "bad_mask")),
        ("AAAAA", (422, "invalid_request")),
        ("data:image/png;base64,AAAA", (422, "invalid_request")),
    ]:
        body = edit_body(image_id, edits=[{"target": {"mask_png_base64": data}, "text": "TAXI"}])
        assert problem(api.post("/v1/edits", json=body)) == expected


def test_a_failed_edit_says_why(api: httpx.Client, records: Records) -> None:
    edit_id = send_edit(api)
    attempt = begin(records, edit_id)
    records.fail(edit_id, attempt.token, Failure(code="bad_text", message="too long"))
    state = state_of(api, edit_id)
    assert state.status == "failed" and state.error == Failure(code="bad_text", message="too long")
    assert problem(api.get(f"/v1/edits/{edit_id}/result")) == (409, "result_not_ready")
