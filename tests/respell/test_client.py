import io
import threading
import time
from pathlib import Path

import pytest
from PIL import Image
from pydantic import ValidationError

from respell import (
    BadSetupError,
    EditCanceledError,
    EditFailedError,
    EditItem,
    EditRequest,
    Event,
    Find,
    FindTarget,
    OutputOptions,
    QuadTarget,
    RefusedError,
    RespellClient,
    UnreachableError,
    WaitTimeoutError,
)
from tests.backend.service import (
    QUAD,
    REGION,
    Service,
    begin,
    in_background,
    jpeg,
    play_edit,
    saved,
    take_ticket,
    until,
)
from tests.backend.words import TWO_WORDS, play_words, with_words
from tests.respell.conftest import API_KEY
from worker.contract import DetectResult, Failure, StageUpdate
from worker.records import Records


def quad_request(client: RespellClient, **changes: object) -> EditRequest:
    item = EditItem(target=QuadTarget.model_validate({"quad_px": QUAD}), text="TAXI")
    return EditRequest(image_id=client.upload(jpeg()).image_id, edits=(item,)).model_copy(update=changes)


def play_next(records: Records, running: Service) -> bytes:
    """What a worker does with the next edit that is queued → the picture."""
    tickets: list[str] = []
    until(lambda: tickets or tickets.extend(filter(None, [take_ticket(records)])), "an edit is queued")
    return play_edit(records, running.store, tickets[0])


def test_a_photo_is_uploaded_from_a_path_bytes_or_a_file(client: RespellClient, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg())
    with path.open("rb") as file:
        infos = [client.upload(path), client.upload(str(path)), client.upload(path.read_bytes()), client.upload(file)]
    assert len(set(infos)) == 1 and (infos[0].width, infos[0].height) == (200, 100)
    assert client.delete_image(infos[0].image_id)
    assert not client.delete_image(infos[0].image_id)


def test_a_refusal_has_code_status_and_reason_and_is_not_repeated(client: RespellClient) -> None:
    started = time.monotonic()
    with pytest.raises(RefusedError) as refused:
        client.upload(b"no picture at all, but long enough")
    assert time.monotonic() - started < 5
    error = refused.value
    assert (error.code, error.status, error.retryable) == ("unsupported_image", 415, False)
    assert error.detail == str(error) and "PNG, JPEG" in error.detail and error.request_id


def test_a_picture_of_this_machine_is_not_fetched(client: RespellClient) -> None:
    with pytest.raises(RefusedError) as refused:
        client.upload_url("http://127.0.0.1/photo.jpg")
    assert refused.value.code == "bad_url"


def test_a_field_that_the_service_refuses_is_named(client: RespellClient) -> None:
    outside = QuadTarget.model_validate({"quad_px": [[10, 10], [1000, 10], [1000, 50], [10, 50]]})
    with pytest.raises(RefusedError) as refused:
        client.submit(quad_request(client, edits=(EditItem(target=outside, text="TAXI"),)))
    assert [error.pointer for error in refused.value.errors] == ["/edits/0/target/quad_px"]


def test_detect_gives_the_words_that_a_worker_found(client: RespellClient, records: Records) -> None:
    image_id = client.upload(jpeg()).image_id

    def find() -> None:
        until(lambda: take_ticket(records) == f"detect_{image_id}", "the search is queued")
        records.save_regions(image_id, DetectResult(image_id=image_id, regions=(REGION,)))

    with in_background(find):
        assert client.detect(image_id) == (REGION,)


def test_the_same_key_queues_once_and_another_request_with_it_is_refused(client: RespellClient) -> None:
    request = quad_request(client)
    first = client.submit(request, idempotency_key="k1")
    assert client.submit(request, idempotency_key="k1") == first
    assert client.submit(request).edit_id != first.edit_id
    with pytest.raises(RefusedError) as refused:
        client.submit(quad_request(client, n=2), idempotency_key="k1")
    assert refused.value.code == "idempotency_conflict"
    with pytest.raises(ValueError, match="dry run"):
        client.submit(quad_request(client, dry_run=True))


def test_edit_does_the_whole_of_it(client: RespellClient, records: Records, running: Service) -> None:
    events: list[Event] = []
    pictures: list[bytes] = []
    with in_background(lambda: pictures.append(play_next(records, running))):
        edited = client.edit(jpeg(), "TAXI", quad_px=QUAD, n=2, seed=7, on_event=events.append)
    assert [edited.picture] == pictures
    assert edited.state.status == "succeeded" and edited.best.ocr_text == "TAXI"
    assert (edited.state.request.n, edited.state.request.seed) == (2, 7)
    assert [event.seq for event in events] == list(range(1, edited.state.seq + 1))
    assert (events[0].type, events[-1].type) == ("queued", "completed")
    assert client.result(edited.state.edit_id) == client.candidate(edited.state.edit_id, 0) == edited.picture
    with pytest.raises(RefusedError) as refused:
        client.candidate(edited.state.edit_id, 1)
    assert refused.value.code == "candidate_not_found"
    with pytest.raises(RefusedError) as refused:
        list(client.events(edited.state.edit_id, after=999))
    assert refused.value.code == "bad_last_event_id"
    assert client.delete_edit(edited.state.edit_id)
    assert not client.delete_edit(edited.state.edit_id)
    with pytest.raises(RefusedError) as refused:
        client.result(edited.state.edit_id)
    assert (refused.value.code, refused.value.status) == ("edit_not_found", 404)


def test_each_of_several_words_takes_the_drawing_that_is_chosen(
    client: RespellClient, running: Service, records: Records
) -> None:
    request = EditRequest.model_validate({"image_id": client.upload(jpeg()).image_id, "edits": TWO_WORDS, "n": 2})
    edit_id = client.submit(request).edit_id
    take_ticket(records)
    play_words(records, running.store, edit_id)
    with Image.open(io.BytesIO(client.result(edit_id, choices=(1, 3)))) as picture:
        assert picture.tobytes() == with_words("RGB", 60, 160).tobytes()
    photo = client.upload_result(edit_id, (1, 3))
    assert (photo.width, photo.height) == (200, 100)
    with pytest.raises(RefusedError) as refused:
        client.result(edit_id, choices=(1,))
    assert [problem.pointer for problem in refused.value.errors] == ["/choices"]


@pytest.mark.parametrize("target", ["find", "occurrence", "mask", "uploaded"])
def test_a_target_is_a_text_a_mask_or_a_word_of_an_uploaded_photo(
    client: RespellClient, records: Records, running: Service, target: str
) -> None:
    mask = saved(Image.new("L", (200, 100), 255), "PNG")
    with in_background(lambda: play_next(records, running)):
        if target == "find":
            edited = client.edit(jpeg(), "TAXI", find="EXIT", output=OutputOptions(format="webp"))
            expected = FindTarget(find=Find(text="EXIT"))
        elif target == "occurrence":
            edited = client.edit(jpeg(), "", find=Find(text="EXIT", occurrence=2))
            expected = FindTarget(find=Find(text="EXIT", occurrence=2))
        elif target == "mask":
            edited = client.edit(jpeg(), "TAXI", mask=io.BytesIO(mask))
            expected = edited.state.request.edits[0].target
            assert expected.model_dump()["mask_id"] == client.upload_mask(mask).mask_id
        else:
            edited = client.edit(client.upload(jpeg()), "TAXI", quad_px=QUAD)
            expected = QuadTarget.model_validate({"quad_px": QUAD})
    assert edited.state.request.edits[0].target == expected


def test_no_target_and_two_targets_are_refused_before_anything_is_sent() -> None:
    with RespellClient("http://127.0.0.1:9") as nowhere:
        with pytest.raises(ValueError, match="one of find, quad_px, region_id, mask says where to write, got none"):
            nowhere.edit(b"", "TAXI")
        with pytest.raises(ValueError, match="got find and region_id"):
            nowhere.edit(b"", "TAXI", find="EXIT", region_id="r0")
        with pytest.raises(ValidationError, match="region_id"):
            nowhere.edit(b"", "TAXI", region_id="first")


def test_an_edit_that_fails_raises_its_code(client: RespellClient, records: Records) -> None:
    def fail() -> None:
        edit_id = None
        while edit_id is None:
            edit_id = take_ticket(records)
        attempt = begin(records, edit_id)
        records.fail(edit_id, attempt.token, Failure(code="text_not_found", message="no text 'EXIT'"))

    with in_background(fail), pytest.raises(EditFailedError) as failed:
        client.edit(jpeg(), "TAXI", find="EXIT")
    assert (failed.value.code, failed.value.detail) == ("text_not_found", "no text 'EXIT'")
    assert failed.value.state.status == "failed" and not failed.value.retryable


def test_an_edit_that_somebody_cancels_raises_that(client: RespellClient) -> None:
    def cancel(event: Event) -> None:
        if event.type == "queued":
            assert client.cancel(event.edit_id)

    with pytest.raises(EditCanceledError) as canceled:
        client.edit(jpeg(), "TAXI", quad_px=QUAD, on_event=cancel)
    assert not client.cancel(canceled.value.state.edit_id)


def test_an_edit_that_is_not_followed_to_its_end_is_canceled(client: RespellClient) -> None:
    seen: list[str] = []

    def interrupt(event: Event) -> None:
        seen.append(event.edit_id)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.edit(jpeg(), "TAXI", quad_px=QUAD, on_event=interrupt)
    assert client.state(seen[0]).status == "canceled"


def test_wait_gives_the_end_or_says_that_it_took_too_long(
    client: RespellClient, records: Records, running: Service
) -> None:
    edit_id = client.submit(quad_request(client)).edit_id
    with pytest.raises(WaitTimeoutError, match=r"is queued after 0\.3 s") as late:
        client.wait(edit_id, timeout_s=0.3)
    assert late.value.state.queue_position == 1
    with pytest.raises(RefusedError) as early:
        client.result(edit_id)
    assert early.value.code == "result_not_ready"
    with in_background(lambda: play_edit(records, running.store, edit_id, pause_s=0.1)):
        assert client.wait(edit_id, timeout_s=60).status == "succeeded"
    assert client.wait(edit_id).status == "succeeded"


def test_events_come_as_they_happen_and_may_be_left_in_the_middle(client: RespellClient, records: Records) -> None:
    edit_id = client.submit(quad_request(client)).edit_id
    events = client.events(edit_id)
    assert next(events).type == "queued"
    attempt = begin(records, edit_id)
    assert next(events).type == "started"
    threading.Timer(0.2, records.emit, (edit_id, attempt.token, StageUpdate(name="drawing"))).start()
    assert next(events).type == "stage"
    events.close()  # type: ignore[attr-defined]
    assert next(client.events(edit_id, after=2)).seq == 3


def test_an_edit_that_is_not_there_is_refused_by_every_call(client: RespellClient) -> None:
    nobody = "edit_" + "0" * 32
    calls = (
        client.state,
        client.cancel,
        client.result,
        client.wait,
        lambda edit_id: list(client.events(edit_id)),
    )
    for call in calls:
        with pytest.raises(RefusedError) as refused:
            call(nobody)
        assert (refused.value.code, refused.value.status) == ("edit_not_found", 404)


def test_the_key_goes_with_requests_and_with_the_websocket(running: Service, records: Records) -> None:
    with RespellClient(running.url, api_key=API_KEY) as known:
        edit_id = known.submit(quad_request(known)).edit_id
        play_edit(records, running.store, edit_id)
        assert [event.type for event in known.events(edit_id)][-1] == "completed"
    with RespellClient(running.url, api_key="another-key-0123456789") as unknown:
        for call in (lambda: unknown.state(edit_id), lambda: next(unknown.events(edit_id))):
            with pytest.raises(RefusedError) as refused:
                call()
            assert (refused.value.code, refused.value.status) == ("unauthorized", 401)


def test_a_key_that_no_header_can_hold_is_refused_and_not_shown() -> None:
    with pytest.raises(BadSetupError) as refused:
        RespellClient("http://127.0.0.1:9", api_key="s3cret\n")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:8000", "ftp://example.org", "http://", "http://a:b@c", "http://a?b"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(BadSetupError):
        RespellClient(address)


def test_a_service_that_has_never_answered_is_not_waited_for() -> None:
    started = time.monotonic()
    with RespellClient("http://127.0.0.1:9/") as nowhere:
        for call in (lambda: nowhere.upload(jpeg()), lambda: next(nowhere.events("edit_" + "0" * 32))):
            with pytest.raises(UnreachableError, match=r"can't reach http://127\.0\.0\.1:9: .*refused") as refused:
                call()
            assert refused.value.retryable and refused.value.status is None
    assert time.monotonic() - started < 5


def test_the_maps_of_a_drawing_are_a_sheet_that_its_state_describes(
    client: RespellClient, records: Records, running: Service
) -> None:
    with in_background(lambda: play_next(records, running)):
        edited = client.edit(jpeg(), "TAXI", quad_px=QUAD)
    maps = edited.best.maps
    assert maps is not None
    with Image.open(io.BytesIO(client.maps(edited.state.edit_id, edited.best.index))) as sheet:
        assert sheet.size == (maps.width, maps.height * len(maps.characters))
