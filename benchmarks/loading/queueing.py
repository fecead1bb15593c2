"""A queue that is full: who still wants something of the API process gets it quickly."""

import asyncio
import json
import time
from pathlib import Path

from benchmarks.loading.editing import edit_request, store_photo
from benchmarks.loading.figures import Figure, Outcome, exactly, spread
from benchmarks.loading.requests import Answer, Connection, ask_all, request
from benchmarks.loading.stage import Stage

CONCURRENCY = 8
POSTERS = 4
SAMPLED = 50  # edits whose place is looked up afterwards
HEALTH = request("GET", "/healthz")


def queue_full(folder: Path, *, max_queued: int = 1000, seconds: float = 10, seed: int = 0) -> Outcome:
    """As many edits as may wait, and more; half of the time it is only asked for its health, then it refuses, too."""
    with Stage(folder, max_queued=max_queued) as stage:
        api = stage.start_api()
        one_more, filled = asyncio.run(_fill(api.port, max_queued, seed))
        off_by = _off_by([answer for answer in filled if answer.status == 202])
        off_by_now = asyncio.run(_off_by_now(api.port, filled))
        cpu_before, began = api.cpu_s(), time.perf_counter()
        alone, _ = asyncio.run(_ask_for(seconds / 2, api.port, one_more, posters=0))
        beside, refused = asyncio.run(_ask_for(seconds / 2, api.port, one_more, posters=POSTERS))
        cpu = (api.cpu_s() - cpu_before) / (time.perf_counter() - began)
        queued, private_mib = stage.records.queue().queued, api.private_kib() / 1024
    well_refused = [answer for answer in refused if answer.status == 429 and int(answer.headers["retry-after"]) > 0]
    return Outcome(
        f"{max_queued} edits wait; /healthz asked for by {CONCURRENCY}, alone and beside {POSTERS} that post more",
        (
            exactly("accepted", sum(answer.status == 202 for answer in filled), max_queued),
            exactly("further ones not refused with 429 and Retry-After", len(refused) - len(well_refused), 0),
            Figure("refused", len(well_refused), at_least=1),
            exactly("queued at the end", queued, max_queued),
            Figure("positions off by", max(off_by, off_by_now), at_most=1),
            *spread("/healthz", [answer.seconds for answer in alone], p99_at_most_ms=50),
            *spread("/healthz while refusing", [answer.seconds for answer in beside], p99_at_most_ms=50),
            *spread("refusal", [answer.seconds for answer in refused]),
            *spread("acceptance", [answer.seconds for answer in filled]),
            Figure("API, processor", cpu, "cores"),
            Figure("API, private memory", private_mib, "MiB"),
        ),
    )


async def _fill(port: int, number: int, seed: int) -> tuple[bytes, list[Answer]]:
    """→ a request for one more, and the answers to all before."""
    async with Connection(port) as connection:
        photo_id = await store_photo(connection)
    posts = (edit_request(photo_id, seed=seed + index) for index in range(number))
    return edit_request(photo_id, seed=seed), await ask_all(port, posts, concurrency=CONCURRENCY)


def _off_by(accepted: list[Answer]) -> int:
    """How far the positions in the answers are from 1, 2, 3, …"""
    positions = sorted(map(_position, accepted))
    return max(abs(position - place) for place, position in enumerate(positions, start=1))


async def _off_by_now(port: int, filled: list[Answer]) -> int:
    """The same for what an edit's state says now. Nothing was taken meanwhile."""
    told = filled[:: max(1, len(filled) // SAMPLED)]
    async with Connection(port) as connection:
        paths = [f"/v1/edits/{json.loads(answer.body)['edit_id']}" for answer in told]
        now = [await connection.ask(request("GET", path)) for path in paths]
    return max(abs(_position(state) - _position(answer)) for state, answer in zip(now, told, strict=True))


def _position(answer: Answer) -> int:
    return int(json.loads(answer.body)["queue_position"])


async def _ask_for(seconds: float, port: int, post: bytes, *, posters: int) -> tuple[list[Answer], list[Answer]]:
    """→ answers of /healthz, answers to `post`."""
    end = time.monotonic() + seconds

    async def ask(whole_request: bytes, answers: list[Answer]) -> None:
        async with Connection(port) as connection:
            while time.monotonic() < end:
                answers.append(await connection.ask(whole_request))

    healthy: list[Answer] = []
    posted: list[Answer] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(CONCURRENCY):
            group.create_task(ask(HEALTH, healthy))
        for _ in range(posters):
            group.create_task(ask(post, posted))
    return healthy, posted
