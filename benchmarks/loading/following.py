"""Clients that lose their connection and come back: none may miss an event, or get one twice."""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks.loading.editing import edit_request, store_photo
from benchmarks.loading.emitting import FIRST_SEQ, emitting, running_edits
from benchmarks.loading.figures import Figure, Outcome, exactly
from benchmarks.loading.requests import Connection
from benchmarks.loading.sockets import Socket
from benchmarks.loading.stage import Process, Stage

PATIENCE_S = 60.0
SHORTEST_S, LONGEST_S = 0.005, 0.06  # of a connection
NUM_WORKERS = 2


class Follower:
    """One client of one edit. `seqs` is all that it ever got, `pictures` the binary messages."""

    def __init__(self, edit_id: str, *, after: int = 0) -> None:
        self.edit_id = edit_id
        self.seqs: list[int] = []
        self.pictures: list[bytes] = []
        self.num_connections = 0
        self._after = after

    @property
    def last_seq(self) -> int:
        return self.seqs[-1] if self.seqs else self._after

    async def connect(self, port: int) -> Socket:
        """Goes on after the last event."""
        path = f"/v1/edits/{self.edit_id}/ws?after={self.last_seq}"
        self.num_connections += 1
        return await Socket.connect(port, path, self._take, self.pictures.append)

    def _take(self, payload: bytes) -> None:
        self.seqs.append(json.loads(payload)["seq"])


def faults(followers: Sequence[Follower], *, first: int, last: Sequence[int]) -> tuple[Figure, Figure, Figure]:
    """What must not be: compares what each got with `first` to its `last`."""
    lost = twice = disordered = 0
    for follower, end in zip(followers, last, strict=True):
        seqs = follower.seqs
        lost += len(set(range(first, end + 1)) - set(seqs))
        twice += len(seqs) - len(set(seqs))
        disordered += sum(later < earlier for earlier, later in pairwise(seqs))
    return (
        exactly("events lost", lost, 0),
        exactly("events twice", twice, 0),
        exactly("events out of order", disordered, 0),
    )


def flapping(
    folder: Path, *, clients: int = 40, events: int = 100, rate: float = 25, clients_an_edit: int = 4, seed: int = 0
) -> Outcome:
    """Each client drops its connection after 5 to 60 ms, by lot, and goes on where it was, until it has all events."""
    last = FIRST_SEQ - 1 + events
    with Stage(folder) as stage:
        api = stage.start_api()
        attempts = running_edits(stage.records, clients // clients_an_edit)
        followers = [
            Follower(attempt.edit_id, after=FIRST_SEQ - 1) for attempt in attempts for _ in range(clients_an_edit)
        ]

        async def flap(follower: Follower, lot: random.Random) -> None:
            while follower.last_seq < last:
                socket = await follower.connect(api.port)
                await asyncio.sleep(lot.uniform(SHORTEST_S, LONGEST_S))
                socket.abort()

        async def run() -> None:
            seconds = events / rate
            with emitting(stage.settings.redis_url, attempts, rate=rate, seconds=seconds) as pipe:
                await asyncio.to_thread(pipe.recv)
                pipe.send("go")
                async with asyncio.timeout(seconds + PATIENCE_S), asyncio.TaskGroup() as group:
                    for index, follower in enumerate(followers):
                        group.create_task(flap(follower, random.Random(f"{seed} {index}")))

        began, cpu_before = time.perf_counter(), api.cpu_s()
        asyncio.run(run())
        took_s = time.perf_counter() - began
        cpu = (api.cpu_s() - cpu_before) / took_s
    num_connections = sum(follower.num_connections for follower in followers)
    return Outcome(
        f"{len(followers)} clients, {events} events each, connections of 5 to 60 ms",
        (
            exactly("events got", sum(len(follower.seqs) for follower in followers), len(followers) * events),
            *faults(followers, first=FIRST_SEQ, last=[last] * len(followers)),
            Figure("connections", num_connections),
            Figure("API, processor", cpu, "cores"),
        ),
    )


def replica_kill(folder: Path, *, edits: int = 4, clients_an_edit: int = 10, steps: int = 50, seed: int = 0) -> Outcome:
    """Edits are posted to one API process and followed there; it is killed with -9; all go on at the other one."""
    del seed  # when each client is cut off is chance enough
    with Stage(folder, fake_model_steps=steps) as stage:
        first, second = stage.start_api(), stage.start_api()
        stage.start_workers(NUM_WORKERS)
        followers, away_s = asyncio.run(_follow_over_a_kill(first, second, edits, clients_an_edit))
        states = {follower.edit_id: stage.records.get(follower.edit_id) for follower in followers}
    ended = [state for state in states.values() if state is not None and state.status == "succeeded"]
    last = [state.seq if (state := states[follower.edit_id]) else 0 for follower in followers]
    return Outcome(
        f"{edits} edits, {clients_an_edit} clients each, one of two API processes killed",
        (
            *faults(followers, first=1, last=last),
            exactly("edits done", len(ended), edits),
            exactly("pictures got", sum(len(follower.pictures) for follower in followers), len(followers)),
            exactly("different pictures got", len({picture for one in followers for picture in one.pictures}), 1),
            Figure("until every client was back", away_s, "s", at_most=3),
        ),
    )


async def _follow_over_a_kill(
    first: Process, second: Process, edits: int, clients_an_edit: int
) -> tuple[list[Follower], float]:
    async with Connection(first.port) as connection:
        photo_id = await store_photo(connection)
        edit_ids = []
        for number in range(edits):
            answer = await connection.ask(edit_request(photo_id, seed=number))
            edit_ids.append(json.loads(answer.body)["edit_id"])
    followers = [Follower(edit_id) for edit_id in edit_ids for _ in range(clients_an_edit)]
    sockets = [await follower.connect(first.port) for follower in followers]
    async with asyncio.timeout(PATIENCE_S):
        while not any(follower.last_seq >= FIRST_SEQ + 2 for follower in followers):  # an edit is being drawn
            await asyncio.sleep(0.01)
        first.child.kill()
        killed_at = time.monotonic()
        await asyncio.gather(*(socket.closed for socket in sockets))
        sockets = [await follower.connect(second.port) for follower in followers]
        away_s = time.monotonic() - killed_at
        await asyncio.gather(*(socket.closed for socket in sockets))
    return followers, away_s
