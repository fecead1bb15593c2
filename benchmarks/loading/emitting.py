"""Plays many workers at once: edits that run, and their steps told at a given pace. Runs in a process of its own.

A worker tells of its steps with one script call each; that call is what is sent here, only packed beforehand and many
at a time, because a thousand workers don't run on the processors that are to be measured.
"""

import json
import multiprocessing
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import redis

from worker.contract import EditRequest, ProgressUpdate, new_edit_id
from worker.records import Attempt, Records, worker_redis
from worker.records.edits import emit

TICK_S = 0.005
LEASE_S = 3600.0
FIRST_SEQ = 3  # `queued` and `started` come before
FIRST_STEP, LAST_STEP = 10_000, 99_999  # of equal length: a step is written into a packed command


def running_edits(records: Records, number: int) -> list[Attempt]:
    """Edits that were accepted and begun, without a ticket that a worker could find."""
    item = {"target": {"region_id": "r0"}, "text": "TAXI"}
    request = EditRequest.model_validate({"image_id": f"img_{0:064x}", "edits": [item], "seed": 1})
    attempts = []
    for _ in range(number):
        edit_id = records.create(new_edit_id(), request, fingerprint="").accepted.edit_id
        attempt = records.begin(edit_id, worker="played", device="cpu", lease_s=LEASE_S)
        assert attempt is not None
        attempts.append(attempt)
    return attempts


@contextmanager
def emitting(redis_url: str, attempts: Sequence[Attempt], *, rate: float, seconds: float) -> Iterator[Connection]:
    """`rate` events a second of each edit, evenly spread. What is received at the end is how long it really took."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_emit, args=(redis_url, attempts, rate, seconds, theirs), daemon=True
    )
    process.start()
    try:
        yield ours
    finally:
        process.kill()
        process.join()


def _emit(redis_url: str, attempts: Sequence[Attempt], rate: float, seconds: float, pipe: Connection) -> None:
    with worker_redis(redis_url) as client:
        commands = _Commands(client, attempts)
        pipe.send("ready")
        pipe.recv()
        total, sent = round(rate * seconds * len(attempts)), 0
        started = time.monotonic()
        while sent < total:
            due = min(total, int((time.monotonic() - started) * rate * len(attempts)))
            if due > sent:
                commands.send(range(sent, due))
                sent = due
            time.sleep(TICK_S)
        pipe.send(time.monotonic() - started)


class _Commands:
    """The script call of `emit` for each edit, ready but for the call's id and the step."""

    def __init__(self, client: redis.Redis, attempts: Sequence[Attempt]) -> None:
        self._connection: Any = client.connection_pool.get_connection()  # not typed
        self._packed = [self._template(client, attempt) for attempt in attempts]

    def _template(self, client: redis.Redis, attempt: Attempt) -> bytes:
        call = emit(attempt.edit_id, attempt.token, ProgressUpdate(candidate=0, step=FIRST_STEP, total=LAST_STEP))
        [arguments] = map(str, call.args)
        own_id = json.loads(arguments)["call"]
        sha = client.script_load(call.lua)
        [packed] = self._connection.pack_command("EVALSHA", sha, len(call.keys), *call.keys, arguments)
        return bytes(packed).replace(own_id.encode(), b"%(id)s").replace(b":%d," % FIRST_STEP, b":%(step)d,")

    def send(self, numbers: range) -> None:
        """One event each, of one edit after the other; → when Redis has answered them all."""
        num_edits, num_steps = len(self._packed), LAST_STEP - FIRST_STEP
        commands = []
        for number in numbers:
            changing = {b"id": secrets.token_hex(8).encode(), b"step": FIRST_STEP + number // num_edits % num_steps}
            commands.append(self._packed[number % num_edits] % changing)
        self._connection.send_packed_command([b"".join(commands)])
        for _ in commands:
            self._connection.read_response()
