"""What the record keeper gives back: plain frozen data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Self

from worker.contract import EVENT, TERMINAL_EVENTS, AnyRequest, EditAccepted, Event, Priority

MAX_ATTEMPTS = 3
MAX_EVENTS = 5000  # of an edit; the stream is cut somewhat above
LEASE_S = 6.0  # three beats of 2 s
WATCH_GAP_S = 4.0  # a lease can't have run out by neglect when nobody could ask: then all are renewed
EDIT_TTL_S = 7 * 24 * 3600
IDEMPOTENCY_TTL_S = 24 * 3600
DEFAULT_RETENTION_S = 24 * 3600
STRANDED_AFTER_S = 5.0  # a ticket that was just taken is in no list for a moment
DETECT_LEASE_S = 3  # a search for words whose worker is silent for so long is lost; one too many does no harm
BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

Beat = Literal["go", "cancel", "stale"]
Retried = Literal["queued", "failed", "canceled"]


@dataclass(frozen=True)
class Created:
    """The answer to a new edit; `replayed`: it was made by an earlier request with the same Idempotency-Key."""

    accepted: EditAccepted
    replayed: bool


@dataclass(frozen=True)
class Attempt:
    """A worker's right to an edit, until another has a later `token`."""

    edit_id: str
    token: int
    attempt: int  # from 1
    request: AnyRequest


@dataclass(frozen=True)
class StoredEvent:
    """An event as its JSON text, ready to be forwarded."""

    seq: int
    type: str
    json: str

    @property
    def is_terminal(self) -> bool:
        return self.type in TERMINAL_EVENTS

    def event(self) -> Event:
        return EVENT.validate_json(self.json)


def parse_wakeup(payload: bytes) -> StoredEvent:
    """What is published on an edit's channel → the event, with its preview."""
    seq, kind, text = payload.split(b" ", 2)
    return StoredEvent(int(seq), kind.decode(), text.decode())


@dataclass(frozen=True)
class Reaped:
    """The ids of edits that lost their worker and wait again, that lost it too often, and that got a new ticket."""

    retried: tuple[str, ...]
    failed: tuple[str, ...]
    requeued: tuple[str, ...]

    @classmethod
    def of(cls, outcomes: Mapping[str, Retried | None], *, requeued: Iterable[str]) -> Self:
        retried = tuple(edit_id for edit_id, outcome in outcomes.items() if outcome == "queued")
        failed = tuple(edit_id for edit_id, outcome in outcomes.items() if outcome == "failed")
        return cls(retried, failed, tuple(requeued))


@dataclass(frozen=True)
class QueueState:
    """`queued` is what admission counts; `depth` are RQ's lists, with the searches for words."""

    queued: int
    running: int
    oldest_age_s: float
    depth: dict[Priority, int]
    workers: int


@dataclass(frozen=True)
class Histogram:
    """`counts` has one more element than `bounds_s`: those above the last."""

    bounds_s: tuple[float, ...]
    counts: tuple[int, ...]
    sum_s: float


@dataclass(frozen=True)
class Stats:
    """Totals since the queue was set up, each edit counted once: created, succeeded, failed, failed:{code}, …"""

    counters: dict[str, int]
    wait_s: Histogram
    run_s: Histogram
