import hashlib
import io

import httpx
import pytest
from PIL import Image

from tests.backend.hostile import oriented
from tests.backend.service import REGION, Service, in_background, jpeg, problem, saved, send_image, take_ticket, until
from worker.contract import DetectResult, Failure
from worker.photo import Photo
from worker.records import Records


def test_a_png_is_kept_under_its_hash(api: httpx.Client) -> None:
    sent = api.post("/v1/images", files={"image": saved(Image.new("LA", (20, 30)), "PNG")})
    got = api.get(sent.headers["location"])
    assert sent.json()["image_id"] == f"img_{hashlib.sha256(got.content).hexdigest()}"


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_is_given_back_upright_with_every_pixel_as_it_is_edited(api: httpx.Client, orientation: int) -> None:
    data = oriented(orientation)
    got = api.get(f"/v1/images/{send_image(api, data)}")
    assert got.headers["content-type"] == "image/png"
    assert (Photo.open(got.content).samples == Photo.open(data).samples).all()


def test_a_picture_is_kept_without_a_name_and_can_do_nothing_but_be_looked_at(api: httpx.Client) -> None:
    sent = api.post("/v1/images", files={"image": ("../../etc/passwd", jpeg(64, 48), "text/html")})
    assert sent.status_code == 201
    info = sent.json()
    assert (info["width"], info["height"], info["mode"], info["orientation_applied"]) == (64, 48, "RGB", False)
    assert sent.headers["location"] == f"/v1/images/{info['image_id']}"
    got = api.get(sent.headers["location"])
    assert Image.open(io.BytesIO(got.content)).size == (64, 48)
    assert got.headers["content-type"] == "image/png"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in got.headers["cache-control"] and "sandbox" in got.headers["content-security-policy"]


def test_the_same_picture_twice_is_one_picture(api: httpx.Client) -> None:
    assert send_image(api) == send_image(api)


def test_a_client_that_has_the_picture_gets_no_bytes(api: httpx.Client) -> None:
    path = f"/v1/images/{send_image(api)}"
    etag = api.get(path).headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = api.get(path, headers={"If-None-Match": known})
        assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", etag)
    assert api.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_head_says_what_get_would(api: httpx.Client) -> None:
    path = f"/v1/images/{send_image(api)}"
    head, got = api.head(path), api.get(path)
    assert head.content == b""
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.headers["etag"] == got.headers["etag"]


def test_a_deleted_picture_is_gone(api: httpx.Client, running: Service) -> None:
    image_id = send_image(api)
    assert api.delete(f"/v1/images/{image_id}").status_code == 204
    assert problem(api.get(f"/v1/images/{image_id}")) == (404, "image_not_found")
    assert problem(api.delete(f"/v1/images/{image_id}")) == (404, "image_not_found")
    assert not list(running.folder.rglob(f"{image_id.removeprefix('img_')}*"))


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"", 400), (b"<svg onload='x'>" * 9, 415), (jpeg()[:2000], 422), (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, 422)],
)
def test_what_is_no_picture_is_refused(api: httpx.Client, data: bytes, status: int) -> None:
    response = api.post("/v1/images", files={"image": data})
    assert problem(response)[0] == status


@pytest.mark.parametrize(
    "request_",
    [
        {"files": {"picture": b"123"}},
        {"files": [("image", jpeg()), ("image", jpeg())]},
        {"files": {"image": jpeg()}, "data": {"extra": "1"}},
        {"data": {"image": "1"}, "files": {}},
    ],
)
def test_a_form_has_the_one_file_and_nothing_else(api: httpx.Client, request_: dict[str, object]) -> None:
    response = api.post("/v1/images", **request_)  # type: ignore[arg-type]
    assert problem(response) in [(400, "malformed_form"), (415, "unsupported_media_type")]


def test_broken_forms_are_refused(api: httpx.Client) -> None:
    for content_type, body in [
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b""),
    ]:
        response = api.post("/v1/images", content=body, headers={"Content-Type": content_type})
        assert problem(response) == (400, "malformed_form"), body


def test_an_upload_is_cut_off_at_its_limit(api: httpx.Client) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    announced = api.post("/v1/images", content=b"x" * 41_000_000, headers=headers)
    assert problem(announced) == (413, "upload_too_large")
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
    chunked = api.post("/v1/images", content=iter([head, *[b"x" * 1_000_000] * 41]), headers=headers)
    assert problem(chunked) == (413, "upload_too_large")


def test_addresses_inside_are_not_fetched(api: httpx.Client) -> None:
    for url in ("http://127.0.0.1:1/a.png", "http://169.254.169.254/", "file:///etc/passwd", "redis://localhost"):
        assert problem(api.post("/v1/images", json={"url": url})) == (422, "bad_url")
    assert problem(api.post("/v1/images", json={"uri": "http://x"})) == (422, "invalid_request")


def test_words_are_looked_for_once(api: httpx.Client, records: Records) -> None:
    image_id = send_image(api)

    def play_worker() -> None:
        until(lambda: take_ticket(records) == f"detect_{image_id}", "the search is asked for")
        records.save_regions(image_id, DetectResult(image_id=image_id, regions=(REGION,)))

    with in_background(play_worker):
        found = api.post(f"/v1/images/{image_id}/detect")
    assert found.status_code == 200
    assert found.json() == {"image_id": image_id, "regions": [REGION.model_dump(mode="json")]}
    assert api.post(f"/v1/images/{image_id}/detect").json() == found.json()


def test_a_search_that_failed_says_why_and_may_be_tried_again(api: httpx.Client, records: Records) -> None:
    image_id = send_image(api)

    def play_worker() -> None:
        until(lambda: take_ticket(records) == f"detect_{image_id}", "the search is asked for")
        records.fail_detect(image_id, Failure(code="internal_error", message="our fault"))

    for _ in range(2):
        with in_background(play_worker):
            response = api.post(f"/v1/images/{image_id}/detect")
        assert problem(response) == (500, "internal_error")


def test_without_a_worker_nobody_waits_for_long(api: httpx.Client) -> None:
    response = api.post(f"/v1/images/{send_image(api)}/detect")
    assert problem(response) == (503, "no_worker")
    assert response.headers["retry-after"] == "10"


PART = b'Content-Disposition: form-data; name="image"; filename="a.jpg"'


@pytest.mark.parametrize(
    "body",
    [
        b"--x\r\n" + PART + b"\r\n\r\nPICTURE\r\n--x--\r\n",
        b"--x\r\n" + PART + b"\r\nContent-Type: image/jpeg\r\n\r\nPICTURE\r\n--x--",
        b"--x\r\nX-Odd: 1\r\n" + PART + b"\r\n\r\nPICTURE\r\n--x--\r\n",
        b"--x\r\n" + PART + b"\r\n\r\nPICTURE\r\n--x--\r\nan epilogue",
        b"\r\n--x\r\n" + PART + b"\r\n\r\nPICTURE\r\n--x--\r\n",
    ],
)
def test_a_form_may_be_written_in_any_way(api: httpx.Client, body: bytes) -> None:
    picture = jpeg(64, 48, seed=5)
    wanted = api.post("/v1/images", files={"image": picture}).json()
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    body = body.replace(b"PICTURE", picture)
    for content in (body, iter([body[:50], body[50:]])):  # of known length, and in chunks
        assert api.post("/v1/images", content=content, headers=headers).json() == wanted


@pytest.mark.parametrize(
    "more", [b"--x\r\n" + PART + b"\r\n\r\n2\r\n", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n']
)
def test_a_form_of_more_than_the_one_file_is_refused(api: httpx.Client, more: bytes) -> None:
    body = b"--x\r\n" + PART + b"\r\n\r\n" + jpeg(64, 48) + b"\r\n" + more + b"--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert problem(api.post("/v1/images", content=body, headers=headers)) == (400, "malformed_form")
    other = body.replace(more, b"").replace(b'name="image"', b'name="picture"')
    assert problem(api.post("/v1/images", content=other, headers=headers)) == (400, "malformed_form")


def test_unknown_pictures_are_404_and_ids_that_are_none_422(api: httpx.Client) -> None:
    unknown = "img_" + "0a" * 32
    for response in (api.get(f"/v1/images/{unknown}"), api.post(f"/v1/images/{unknown}/detect")):
        assert problem(response) == (404, "image_not_found")
    for bad in ("*", "..%2Fx", "img_%00", "img_" + "0a" * 5000, "img_x:y"):
        assert api.get(f"/v1/images/{bad}").status_code in (404, 422)


def test_a_mask_is_kept_for_several_edits(api: httpx.Client) -> None:
    mask = saved(Image.new("L", (200, 100), 255), "PNG")
    sent = api.post("/v1/masks", files={"mask": mask})
    assert sent.status_code == 201
    assert sent.json()["mask_id"].startswith("mask_")
    assert (sent.json()["width"], sent.json()["height"]) == (200, 100)
    assert problem(api.post("/v1/masks", files={"mask": b"no picture at all"})) == (422, "bad_mask")
