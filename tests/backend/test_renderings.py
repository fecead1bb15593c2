import io

import httpx
import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.backend.service import (
    Service,
    begin,
    complete,
    play_edit,
    problem,
    saved,
    send_edit,
    send_image,
    take_ticket,
)
from worker.records import Records

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def picture(width: int = 200, height: int = 100, *, mode: str = "RGB") -> Image.Image:
    samples = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(samples).convert(mode)


def with_profile(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", icc_profile=PROFILE)
    return buffer.getvalue()


def drawn(api: httpx.Client, running: Service, records: Records, png: bytes) -> str:
    """→ the path of the edit whose result is that picture."""
    edit_id = send_edit(api)
    take_ticket(records)
    complete(records, running.store, begin(records, edit_id), png)
    return f"/v1/edits/{edit_id}"


def opened(response: httpx.Response) -> Image.Image:
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


@pytest.mark.parametrize("file_format", ["jpeg", "webp", "png"])
def test_a_result_can_be_had_in_each_format_with_its_colour_profile(
    api: httpx.Client, running: Service, records: Records, file_format: str
) -> None:
    path = drawn(api, running, records, with_profile(picture()))
    for name in ("result", "candidates/0"):
        response = api.get(f"{path}/{name}?format={file_format}&quality=90")
        image = opened(response)
        assert response.headers["content-type"] == f"image/{file_format}"
        assert (image.format, image.size) == (file_format.upper(), (200, 100))
        assert image.info["icc_profile"] == PROFILE


def test_quality_is_kept_to(api: httpx.Client, running: Service, records: Records) -> None:
    path = drawn(api, running, records, saved(picture(), "PNG"))
    sizes = [len(api.get(f"{path}/result?format=jpeg&quality={quality}").content) for quality in (10, 50, 95)]
    assert sizes == sorted(sizes) and sizes[0] < sizes[2] / 2
    lossless = opened(api.get(f"{path}/result?format=webp&quality=100"))
    assert np.array_equal(np.array(lossless), np.array(picture()))


def test_a_part_has_exactly_its_pixels(api: httpx.Client, running: Service, records: Records) -> None:
    path = drawn(api, running, records, saved(picture(), "PNG"))
    part = opened(api.get(f"{path}/candidates/0?box=30,20,50,40"))
    assert part.format == "PNG"
    assert np.array_equal(np.array(part), np.array(picture())[20:60, 30:80])


def test_a_smaller_one_keeps_its_shape_and_never_grows(api: httpx.Client) -> None:
    path = f"/v1/images/{send_image(api, saved(picture(), 'PNG'))}"
    assert opened(api.get(f"{path}?max_side=50&format=webp")).size == (50, 25)
    assert opened(api.get(f"{path}?max_side=4000")).size == (200, 100)
    assert opened(api.get(f"{path}?box=0,0,100,100&max_side=10")).size == (10, 10)


def test_a_rendering_has_an_etag_of_its_own(api: httpx.Client, running: Service, records: Records) -> None:
    path = drawn(api, running, records, saved(picture(), "PNG")) + "/result"
    plain, jpeg = api.get(path).headers["etag"], api.get(f"{path}?format=jpeg").headers["etag"]
    assert plain != jpeg
    assert api.get(f"{path}?format=jpeg", headers={"If-None-Match": jpeg}).status_code == 304
    assert api.get(f"{path}?format=jpeg", headers={"If-None-Match": plain}).status_code == 200


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("format=gif", "/format"),
        ("format=jpeg&quality=0", "/quality"),
        ("quality=101", "/quality"),
        ("max_side=1e3", "/max_side"),
        ("max_side=99999", "/max_side"),
        ("box=1,2,3", "/box"),
        ("box=0,0,0,5", "/box"),
        ("box=-1,0,5,5", "/box"),
        ("size=5", "/size"),
    ],
)
def test_what_can_not_be_meant_is_refused_by_name(api: httpx.Client, query: str, pointer: str) -> None:
    response = api.get(f"/v1/images/{send_image(api)}?{query}")
    assert problem(response) == (422, "invalid_request")
    assert response.json()["errors"][0]["pointer"] == pointer


def test_a_box_outside_and_transparency_in_a_jpeg_are_refused(api: httpx.Client) -> None:
    path = f"/v1/images/{send_image(api, saved(picture(mode='RGBA'), 'PNG'))}"
    assert problem(api.get(f"{path}?box=190,0,20,10")) == (422, "bad_output")
    assert problem(api.get(f"{path}?format=jpeg")) == (422, "bad_output")


def test_a_candidate_becomes_the_next_picture_without_its_bytes(
    api: httpx.Client, running: Service, records: Records
) -> None:
    edit_id = send_edit(api)
    take_ticket(records)
    png = play_edit(records, running.store, edit_id)
    response = api.post("/v1/images", json={"edit_id": edit_id, "candidate": 0})
    assert response.status_code == 201
    info = response.json()
    assert (info["width"], info["height"], info["mode"], info["orientation_applied"]) == (200, 100, "RGB", False)
    assert api.get(response.headers["location"]).content == png
    assert api.post("/v1/images", json={"edit_id": edit_id, "candidate": 0}).json() == info
    api.delete(f"/v1/edits/{edit_id}")
    assert api.get(response.headers["location"]).content == png, "it has a life of its own"


def test_only_a_candidate_that_is_there_can_be_gone_on_from(
    api: httpx.Client, running: Service, records: Records
) -> None:
    edit_id = send_edit(api)

    def refused(edit_id: str, candidate: object) -> tuple[int, str]:
        return problem(api.post("/v1/images", json={"edit_id": edit_id, "candidate": candidate}))

    assert refused(edit_id, 0) == (409, "result_not_ready")
    take_ticket(records)
    play_edit(records, running.store, edit_id)
    assert refused(edit_id, 1) == (404, "candidate_not_found")  # its picture wasn't kept
    assert refused(edit_id, 9) == (404, "candidate_not_found")
    assert refused("edit_" + "0" * 32, 0) == (404, "edit_not_found")
    assert refused(edit_id, -1) == (422, "invalid_request")
    api.delete(f"/v1/edits/{edit_id}")
    assert refused(edit_id, 0) == (404, "edit_not_found")


@pytest.mark.parametrize("body", [{}, {"candidate": 0}, {"edit_id": "edit_1", "url": "http://a"}, [], "x"])
def test_a_json_body_names_one_source(api: httpx.Client, body: object) -> None:
    assert problem(api.post("/v1/images", json=body)) == (422, "invalid_request")
