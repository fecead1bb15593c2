"""Photos sent to one API process: how many a second it takes, checks, writes anew and stores."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.loading.editing import upload
from benchmarks.loading.figures import Figure, Outcome, exactly, spread
from benchmarks.loading.requests import ask_all
from benchmarks.loading.stage import Stage

PHOTO = Path(__file__).parents[2] / "examples" / "cafe_sign.jpg"
WIDTH, HEIGHT = 1024, 768
UPLOAD_BYTES = 194_000
WARM_UP = 24


def uploads(folder: Path, *, number: int = 2000, concurrency: int = 8, seed: int = 0) -> Outcome:
    """No two of the photos are alike, so that each is written to the disk."""
    bodies = [upload(jpeg) for jpeg in photos(WARM_UP + number, seed=seed)]
    with Stage(folder) as stage:
        api = stage.start_api()
        asyncio.run(ask_all(api.port, bodies[:WARM_UP], concurrency=concurrency))
        cpu_before, began = api.cpu_s(), time.perf_counter()
        answers = asyncio.run(ask_all(api.port, bodies[WARM_UP:], concurrency=concurrency))
        took_s = time.perf_counter() - began
        cpu, private_mib = (api.cpu_s() - cpu_before) / took_s, api.private_kib() / 1024
        num_stored = len({answer.body for answer in answers if answer.status == 201})
    mean_kb = sum(map(len, bodies)) / len(bodies) / 1000
    return Outcome(
        f"{number} different {WIDTH} × {HEIGHT} JPEGs of {mean_kb:.0f} KB, {concurrency} at a time, one API process",
        (
            Figure("accepted", len(answers) / took_s, "1/s", at_least=150),
            *spread("answer", [answer.seconds for answer in answers], p99_at_most_ms=100),
            exactly("refused or stored twice", number - num_stored, 0),
            Figure("API with its decoders, processor", cpu, "cores"),
            Figure("API, private memory", private_mib, "MiB"),
        ),
    )


def photos(number: int, *, seed: int) -> Iterator[bytes]:
    """Cuts of one photo as JPEGs of about the wanted size."""
    photo = cv2.imread(str(PHOTO))
    if photo is None:
        raise SystemExit(f"{PHOTO} is missing: it comes with the repository")
    scale = 1.15 * max(WIDTH / photo.shape[1], HEIGHT / photo.shape[0])
    large = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rng = np.random.default_rng(seed)
    places = [(y, x) for y in range(large.shape[0] - HEIGHT) for x in range(large.shape[1] - WIDTH)]
    quality = 0
    for place in rng.choice(len(places), number, replace=False):
        y, x = places[place]
        cut = np.ascontiguousarray(large[y : y + HEIGHT, x : x + WIDTH])
        quality = quality or min(range(60, 100), key=lambda one: abs(len(_jpeg(cut, one)) - UPLOAD_BYTES))
        yield _jpeg(cut, quality)


def _jpeg(image: NDArray[np.uint8], quality: int) -> bytes:
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return encoded.tobytes()
