"""Each change to an edit as a `Call`. Knows the scripts and the contract; no connection."""

import json
from typing import Any, Literal, cast

from worker import queueing
from worker.contract import (
    ANY_REQUEST,
    AnyRequest,
    CandidateUpdate,
    EditAccepted,
    EditLinks,
    EditOutcome,
    EditRequest,
    Failure,
    MaskPngTarget,
    ProgressUpdate,
    Update,
)
from worker.errors import EditNotFoundError, IdempotencyConflictError, QueueFullError, StaleAttemptError
from worker.records import scripts
from worker.records.calls import Call, edit_call
from worker.records.values import IDEMPOTENCY_TTL_S, MAX_ATTEMPTS, Attempt, Beat, Created, Retried


def create(
    edit_id: str,
    request: AnyRequest,
    *,
    fingerprint: str,
    idempotency_key_hash: str | None,
    max_queued: int,
) -> Call[Created]:
    """Record, event, ticket and idempotency key in one. Raises ValueError for a request that isn't ready to be kept."""
    if isinstance(request, EditRequest) and any(isinstance(item.target, MaskPngTarget) for item in request.edits):
        raise ValueError("a mask sent along is stored first: pictures never travel through Redis")
    if request.seed is None:
        raise ValueError("a seed is drawn before the edit is created")

    def parse(reply: list[bytes]) -> Created:
        outcome, *rest = (part.decode() for part in reply)
        if outcome == "full":
            raise QueueFullError(f"{max_queued} edits are waiting, no more are taken")
        if outcome == "conflict":
            raise IdempotencyConflictError("this Idempotency-Key came before, with another request")
        if outcome == "taken":
            raise ValueError(f"{edit_id} is in use")
        first_id, position, eta_s = rest
        accepted = EditAccepted(
            edit_id=first_id,
            queue_position=int(position),
            eta_s=float(eta_s) if eta_s else None,
            links=EditLinks.of(first_id),
        )
        return Created(accepted, replayed=outcome == "replayed")

    return edit_call(
        scripts.CREATE,
        edit_id,
        parse,
        arguments={
            "request": request.model_dump_json(),
            "priority": request.priority,
            "fingerprint": fingerprint,
            "idempotent": idempotency_key_hash is not None,
            "idempotency_ttl_s": IDEMPOTENCY_TTL_S,
            "max_queued": max_queued,
        },
        key_hash=idempotency_key_hash,
        job_fields=queueing.edit_fields(edit_id),
    )


def begin(edit_id: str, *, worker: str, device: str, lease_s: float) -> Call[Attempt | None]:
    def parse(reply: list[bytes]) -> Attempt | None:
        if not reply:
            return None
        token, attempt, request = reply
        return Attempt(edit_id, int(token), int(attempt), ANY_REQUEST.validate_json(request))

    started = _json_object(worker=worker, device=device)
    return edit_call(
        scripts.BEGIN,
        edit_id,
        parse,
        arguments={
            "operation": "begin",
            "worker": worker,
            "device": device,
            "lease_ms": round(lease_s * 1000),
            "body": started,
        },
    )


def beat(edit_id: str, token: int, *, lease_s: float) -> Call[Beat]:
    return edit_call(
        scripts.BEAT,
        edit_id,
        lambda reply: cast(Beat, reply.decode()),
        arguments={"token": token, "lease_ms": round(lease_s * 1000)},
    )


def emit(edit_id: str, token: int, update: Update) -> Call[int]:
    return edit_call(
        scripts.EMIT,
        edit_id,
        lambda reply: int(_unless_stale(reply, edit_id, token)),
        arguments={
            "operation": "emit",
            "token": token,
            "kind": update.type,
            "body": update.model_dump_json(exclude={"preview"}),
            "preview": update.preview if isinstance(update, ProgressUpdate) else None,
            "index": update.index if isinstance(update, CandidateUpdate) else None,
        },
    )


def complete(edit_id: str, token: int, outcome: EditOutcome) -> Call[Literal["succeeded", "canceled"]]:
    return edit_call(
        scripts.COMPLETE,
        edit_id,
        lambda reply: cast(Literal["succeeded", "canceled"], _unless_stale(reply, edit_id, token)),
        arguments={
            "operation": "complete",
            "token": token,
            "result": outcome.model_dump_json(),
            "verified": outcome.verified,
            "body": _json_object(
                type="completed", best=outcome.best, changed_outside_mask_px=outcome.changed_outside_mask_px
            ),
        },
    )


def fail(edit_id: str, token: int | None, failure: Failure) -> Call[Literal["failed", "canceled"]]:
    return edit_call(
        scripts.FAIL,
        edit_id,
        lambda reply: cast(Literal["failed", "canceled"], _unless_stale(reply, edit_id, token)),
        arguments={"operation": "fail", "token": token, "failure": failure.model_dump_json()},
    )


def commit_canceled(edit_id: str, token: int) -> Call[None]:
    def parse(reply: bytes) -> None:
        _unless_stale(reply, edit_id, token)

    return edit_call(
        scripts.COMMIT_CANCELED, edit_id, parse, arguments={"operation": "commit_canceled", "token": token}
    )


def retrying(edit_id: str, attempt: int, reason: str) -> Call[Retried | None]:
    failure = Failure(
        code=reason, message=f"{attempt} attempts ended without a result, the last with {reason}", retryable=True
    )
    return edit_call(
        scripts.RETRYING,
        edit_id,
        lambda reply: cast(Retried, reply.decode()) if reply else None,
        arguments={
            "operation": "retrying",
            "attempt": attempt,
            "max_attempts": MAX_ATTEMPTS,
            "failure": failure.model_dump_json(),
            "body": _json_object(type="retrying", attempt=attempt + 1, reason=reason),
        },
        job_fields=queueing.edit_fields(edit_id),
    )


def requeue(edit_id: str, *, after_s: float) -> Call[bool]:
    return edit_call(
        scripts.REQUEUE,
        edit_id,
        bool,
        arguments={"after_ms": round(after_s * 1000)},
        job_fields=queueing.edit_fields(edit_id),
    )


def cancel(edit_id: str) -> Call[bool]:
    def parse(reply: bytes) -> bool:
        if reply == b"unknown":
            raise EditNotFoundError(f"no edit {edit_id}: states are kept for 7 days after the end")
        return reply != b"ended"

    return edit_call(scripts.CANCEL, edit_id, parse, arguments={"operation": "cancel"})


def forget(edit_id: str) -> Call[bool]:
    def parse(reply: int) -> bool:
        if reply == 0:
            raise EditNotFoundError(f"no edit {edit_id}: it was deleted, or its 7 days are over")
        return reply > 0

    return edit_call(scripts.FORGET, edit_id, parse)


def _json_object(**fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=False)


def _unless_stale(reply: bytes, edit_id: str, token: int | None) -> str:
    if reply == b"stale":
        raise StaleAttemptError(f"{edit_id} has ended or belongs to another attempt; token {token} changes nothing")
    return reply.decode()
