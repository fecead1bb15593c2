"""Requests for edits as a client sends them, and a photo for them."""

import io
import json

from PIL import Image

from benchmarks.loading.requests import Connection, request

PHOTO_SIZE = (512, 384)  # (w, h)
QUAD_PX = [[100, 100], [300, 100], [300, 160], [100, 160]]
BOUNDARY = "frontier"


def upload(picture: bytes) -> bytes:
    """A whole request that sends a picture as browsers do."""
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="photo.jpg"\r\n'
    body = b"".join((part.encode(), b"Content-Type: image/jpeg\r\n\r\n", picture, f"\r\n--{BOUNDARY}--\r\n".encode()))
    headers = f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
    return request("POST", "/v1/images", body=body, headers=headers)


def small_photo() -> bytes:
    """A JPEG of soft stripes."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(PHOTO_SIZE).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


async def store_photo(connection: Connection) -> str:
    """→ its id."""
    answer = await connection.ask(upload(small_photo()))
    if answer.status != 201:
        raise RuntimeError(f"the photo was refused with {answer.status}: {answer.body.decode()}")
    return str(json.loads(answer.body)["image_id"])


def edit_body(image_id: str, *, seed: int) -> bytes:
    """One word, at a place that is given."""
    edit = {"target": {"quad_px": QUAD_PX}, "text": "TAXI"}
    return json.dumps({"image_id": image_id, "edits": [edit], "n": 1, "seed": seed}).encode()


def edit_request(image_id: str, *, seed: int) -> bytes:
    """A whole request for that edit."""
    body = edit_body(image_id, seed=seed)
    return request("POST", "/v1/edits", body=body, headers="Content-Type: application/json\r\n")
