"""The state of every edit, in Redis: the one truth about it. Knows keys and Lua scripts; no HTTP, no pictures.

A state changes only inside a Lua script that checks everything first (a terminal state never changes, a worker's
attempt token is still the latest) and that, in the same call, appends the event, publishes it and sets the expiry.

RQ's queue holds tickets. `create` writes the record and pushes the ticket in one call, so nothing that was accepted
lacks one; a ticket that gets lost later (a worker died between pop and `begin`) is pushed again by
`requeue_stranded`; a ticket too many is harmless, because `begin` succeeds only once for each attempt.

A running edit has a lease that its worker renews with `beat`. `expired` lists those whose lease ran out by Redis's own
clock; `retrying` queues them again under the next attempt number, or fails them after the third.

A call whose answer got lost may be repeated by the client library: each changing call has an id, and a repetition
gives the first answer again.
"""

from worker.records.async_records import AsyncRecords
from worker.records.connections import api_redis, worker_redis
from worker.records.keys import wakeup_channel
from worker.records.records import Records
from worker.records.values import (
    LEASE_S,
    MAX_ATTEMPTS,
    Attempt,
    Beat,
    Created,
    Histogram,
    QueueState,
    Reaped,
    Retried,
    Stats,
    StoredEvent,
    parse_wakeup,
)

__all__ = [
    "LEASE_S",
    "MAX_ATTEMPTS",
    "AsyncRecords",
    "Attempt",
    "Beat",
    "Created",
    "Histogram",
    "QueueState",
    "Reaped",
    "Records",
    "Retried",
    "Stats",
    "StoredEvent",
    "api_redis",
    "parse_wakeup",
    "wakeup_channel",
    "worker_redis",
]
