"""Many websockets on one API process: how late events come, and how much memory a silent socket takes."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.loading.emitting import FIRST_SEQ, emitting, running_edits
from benchmarks.loading.figures import Figure, Outcome, exactly, spread
from benchmarks.loading.sockets import connect_all
from benchmarks.loading.stage import Process, Stage, allow_open_files
from worker.records import Attempt

SPARE_FILES = 500
SETTLE_S = 1.0
LATE_S = 20.0  # what comes later than that is lost
AFTER_BEGUN = FIRST_SEQ - 1


@dataclass
class _Heard:
    """When each event came, whether each socket got its own in order, and what it took."""

    last_seqs: list[int]
    delays_s: list[float] = field(default_factory=list)
    num_wrong: int = 0
    pace: float = 0.0  # the share of the asked one at which the events were told
    api_cores: float = 0.0
    redis_cores: float = 0.0
    api_mib: float = 0.0

    def take(self, index: int, payload: bytes) -> None:
        now = time.time()
        seq = int(_value(payload, b'"seq":'))
        self.num_wrong += seq != self.last_seqs[index] + 1
        self.last_seqs[index] = seq
        self.delays_s.append(now - float(_value(payload, b'"ts":')))  # Redis's clock is this machine's


def sockets_busy(folder: Path, *, sockets: int = 1000, rate: float = 10, seconds: float = 15, seed: int = 0) -> Outcome:
    """Each socket listens to an edit of its own that tells `rate` events a second. Then all listen to one edit."""
    del seed  # nothing is drawn by lot
    allow_open_files(sockets + SPARE_FILES)
    with Stage(folder) as stage:
        api = stage.start_api()
        own = asyncio.run(_listen(stage, api, running_edits(stage.records, sockets), 1, rate, seconds))
        crowd = asyncio.run(_listen(stage, api, running_edits(stage.records, 1), sockets, rate, seconds / 3))
    return Outcome(
        f"{sockets} sockets, each on an edit of its own with {rate:g} events/s, {seconds:g} s; then all on one edit",
        (
            *spread("delivery", own.delays_s, p99_at_most_ms=50),
            exactly("events lost", round(rate * seconds) * sockets - len(own.delays_s), 0),
            exactly("events twice or out of order", own.num_wrong, 0),
            Figure("of the asked pace", own.pace, at_least=0.95),
            Figure("API, processor", own.api_cores, "cores"),
            Figure("Redis, processor", own.redis_cores, "cores"),
            Figure("API, private memory", own.api_mib, "MiB"),
            *spread("delivery to all of one edit", crowd.delays_s),
        ),
    )


async def _listen(
    stage: Stage, api: Process, attempts: list[Attempt], sockets_each: int, rate: float, seconds: float
) -> _Heard:
    edits = [attempt.edit_id for attempt in attempts for _ in range(sockets_each)]
    heard = _Heard([AFTER_BEGUN] * len(edits))
    sockets = await connect_all(api.port, list(map(_path, edits)), heard.take)
    with emitting(stage.settings.redis_url, attempts, rate=rate, seconds=seconds) as pipe:
        await asyncio.to_thread(pipe.recv)
        api_before, redis_before = api.cpu_s(), stage.redis.cpu_s()
        pipe.send("go")
        took_s = await asyncio.to_thread(pipe.recv)
        heard.api_cores = (api.cpu_s() - api_before) / took_s
        heard.redis_cores = (stage.redis.cpu_s() - redis_before) / took_s
        heard.pace = seconds / took_s
    deadline = time.monotonic() + LATE_S
    while len(heard.delays_s) < round(rate * seconds) * len(edits) and time.monotonic() < deadline:
        await asyncio.sleep(SETTLE_S)
    heard.api_mib = api.private_kib() / 1024
    for socket in sockets:
        socket.abort()
    return heard


def sockets_idle(folder: Path, *, sockets: int = 4000, seed: int = 0) -> Outcome:
    """Open sockets on which nothing happens, one an edit."""
    del seed
    allow_open_files(sockets + SPARE_FILES)
    with Stage(folder) as stage:
        api = stage.start_api()
        edits = [attempt.edit_id for attempt in running_edits(stage.records, sockets)]
        warm_up = sockets // 20  # what the first few load and keep isn't a socket's
        return asyncio.run(_hold(api, edits[:warm_up], edits[warm_up:]))


async def _hold(api: Process, first: list[str], edits: list[str]) -> Outcome:
    sockets = await connect_all(api.port, list(map(_path, first)), lambda *_: None)
    await asyncio.sleep(SETTLE_S)
    before_kib, began = api.private_kib(), time.perf_counter()
    sockets += await connect_all(api.port, list(map(_path, edits)), lambda *_: None)
    connecting_s = time.perf_counter() - began
    await asyncio.sleep(SETTLE_S)
    after_kib, cpu_before = api.private_kib(), api.cpu_s()
    await asyncio.sleep(5 * SETTLE_S)
    idle_cpu = (api.cpu_s() - cpu_before) / (5 * SETTLE_S)
    num_gone = sum(socket.closed.done() for socket in sockets)
    for socket in sockets:
        socket.abort()
    return Outcome(
        f"{len(sockets)} sockets on which nothing happens",
        (
            Figure("memory a socket", (after_kib - before_kib) / len(edits), "KiB", at_most=40),
            exactly("sockets lost", num_gone, 0),
            Figure("API, private memory", after_kib / 1024, "MiB"),
            Figure("API, processor", idle_cpu, "cores"),
            Figure("sockets taken a second", len(edits) / connecting_s, "1/s"),
        ),
    )


def _path(edit_id: str) -> str:
    return f"/v1/edits/{edit_id}/ws?after={AFTER_BEGUN}"


def _value(payload: bytes, name: bytes) -> bytes:
    """Of a number in an event, without reading all its JSON."""
    start = payload.index(name) + len(name)
    return payload[start : payload.index(b",", start)]
