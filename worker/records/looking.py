"""Each question about edits, the queue and pictures as a `Call`. Knows the scripts and the contract; no connection."""

from typing import Any, Literal

from worker import queueing
from worker.contract import (
    ANY_REQUEST,
    CandidateState,
    CandidateUpdate,
    DetectResult,
    EditLinks,
    EditOutcome,
    EditState,
    Failure,
    ImageInfo,
    MaskInfo,
    ProgressState,
    ProgressUpdate,
    StageUpdate,
)
from worker.errors import ImageNotFoundError, QueueFullError
from worker.records import keys, queries
from worker.records.calls import Call, edit_call, plain_call
from worker.records.values import BUCKETS_S, DETECT_LEASE_S, Histogram, QueueState, Stats, StoredEvent


def get(edit_id: str) -> Call[EditState | None]:
    def parse(reply: list[Any]) -> EditState | None:
        flat, position, eta_s = reply
        if not flat:
            return None
        fields = {name.decode(): value.decode() for name, value in _pairs(flat)}
        return _state(edit_id, fields, position=position.decode(), eta_s=eta_s.decode())

    return edit_call(queries.GET, edit_id, parse)


def is_cancel_requested(edit_id: str) -> Call[bool]:
    return edit_call(queries.IS_CANCEL_REQUESTED, edit_id, bool)


def events(edit_id: str, after: int) -> Call[list[StoredEvent]]:
    def parse(reply: list[Any]) -> list[StoredEvent]:
        return [
            StoredEvent(int(entry_id.split(b"-")[0]), kind.decode(), text.decode())
            for entry_id, (_, kind, _, text) in reply
        ]

    return edit_call(queries.EVENTS, edit_id, parse, arguments={"after": after})


def stranded() -> Call[list[str]]:
    return plain_call(queries.STRANDED, keys.shared_keys(), lambda reply: [edit_id.decode() for edit_id in reply])


def expired(*, lease_s: float) -> Call[list[tuple[str, int]]]:
    def parse(reply: list[bytes]) -> list[tuple[str, int]]:
        return [(edit_id, int(attempt)) for edit_id, attempt in (name.decode().split(":") for name in reply)]

    return plain_call(queries.EXPIRED, keys.shared_keys(), parse, arguments={"lease_ms": round(lease_s * 1000)})


def queue() -> Call[QueueState]:
    def parse(reply: list[Any]) -> QueueState:
        queued, running, oldest_age_ms, interactive, batch, workers = map(int, reply)
        depth = dict(zip(queueing.QUEUES, (interactive, batch), strict=True))
        return QueueState(queued, running, oldest_age_ms / 1000, depth, workers)

    return plain_call(queries.QUEUE, keys.shared_keys(), parse)


def stats() -> Call[Stats]:
    def parse(reply: list[bytes]) -> Stats:
        fields = {name.decode(): value.decode() for name, value in _pairs(reply)}
        counters = {name: int(value) for name, value in fields.items() if not name.startswith(("wait_s:", "run_s:"))}
        return Stats(counters, _histogram("wait_s", fields), _histogram("run_s", fields))

    return plain_call(queries.STATS, keys.shared_keys(), parse)


def ping() -> Call[None]:
    return plain_call(queries.PING, keys.shared_keys(), lambda _: None)


def save_image(info: ImageInfo, *, retention_s: int) -> Call[None]:
    arguments = {"info": info.model_dump_json(), "retention_s": retention_s}
    return plain_call(queries.SAVE_IMAGE, {"IMAGE": keys.image_key(info.image_id)}, lambda _: None, arguments=arguments)


def get_image(image_id: str) -> Call[ImageInfo | None]:
    def parse(reply: bytes | None) -> ImageInfo | None:
        return None if reply is None else ImageInfo.model_validate_json(reply)

    return plain_call(queries.GET_IMAGE, {"IMAGE": keys.image_key(image_id)}, parse)


def delete_image(image_id: str) -> Call[bool]:
    named = {"IMAGE": keys.image_key(image_id), "DETECT": keys.detect_key(image_id)}
    return plain_call(queries.DELETE_IMAGE, named, bool)


def save_mask(info: MaskInfo, *, retention_s: int) -> Call[None]:
    arguments = {"info": info.model_dump_json(), "retention_s": retention_s}
    return plain_call(queries.SAVE_MASK, {"MASK": keys.mask_key(info.mask_id)}, lambda _: None, arguments=arguments)


def get_mask(mask_id: str) -> Call[MaskInfo | None]:
    def parse(reply: bytes | None) -> MaskInfo | None:
        return None if reply is None else MaskInfo.model_validate_json(reply)

    return plain_call(queries.GET_MASK, {"MASK": keys.mask_key(mask_id)}, parse)


def request_detect(image_id: str, *, max_queued: int) -> Call[Literal["done", "pending", "queued"]]:
    def parse(reply: bytes) -> Literal["done", "pending", "queued"]:
        match reply.decode():
            case "unknown":
                raise ImageNotFoundError(f"no image {image_id}: never stored, expired or deleted")
            case "full":
                raise QueueFullError(f"{max_queued} jobs are waiting, no more are taken")
            case "done":
                return "done"
            case "pending":
                return "pending"
        return "queued"

    arguments = {"job_id": queueing.detect_job(image_id), "max_queued": max_queued, "lease_s": DETECT_LEASE_S}
    return plain_call(
        queries.REQUEST_DETECT,
        keys.detect_keys(image_id),
        parse,
        arguments=arguments,
        job_fields=queueing.detect_fields(image_id),
    )


def hold_detect(image_id: str) -> Call[None]:
    return plain_call(
        queries.HOLD_DETECT, keys.detect_keys(image_id), lambda _: None, arguments={"lease_s": DETECT_LEASE_S}
    )


def get_detect(image_id: str) -> Call[DetectResult | Failure | None]:
    def parse(reply: list[bytes | None]) -> DetectResult | Failure | None:
        regions, failure = reply
        if regions is not None:
            return DetectResult.model_validate_json(regions)
        return None if failure is None else Failure.model_validate_json(failure)

    return plain_call(queries.GET_DETECT, keys.detect_keys(image_id), parse)


def save_regions(image_id: str, result: DetectResult) -> Call[bool]:
    arguments = {"regions": result.model_dump_json(), "channel": keys.wakeup_channel(image_id)}
    return plain_call(queries.SAVE_REGIONS, keys.detect_keys(image_id), bool, arguments=arguments)


def fail_detect(image_id: str, failure: Failure) -> Call[bool]:
    arguments = {"failure": failure.model_dump_json(), "channel": keys.wakeup_channel(image_id)}
    return plain_call(queries.FAIL_DETECT, keys.detect_keys(image_id), bool, arguments=arguments)


def _pairs(flat: list[bytes]) -> list[tuple[bytes, bytes]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _histogram(name: str, fields: dict[str, str]) -> Histogram:
    counts = [int(fields.get(f"{name}:{bound:g}", 0)) for bound in BUCKETS_S]
    above = int(fields.get(f"{name}:inf", 0))
    return Histogram(BUCKETS_S, (*counts, above), int(fields.get(f"{name}:sum_ms", 0)) / 1000)


def _state(edit_id: str, fields: dict[str, str], *, position: str, eta_s: str) -> EditState:
    return EditState.model_validate(
        {
            "edit_id": edit_id,
            "status": fields["status"],
            "request": ANY_REQUEST.validate_json(fields["request"]),
            "attempt": int(fields["attempt"]),
            "seq": int(fields["seq"]),
            "created_at": float(fields["created_at"]),
            "started_at": float(fields["started_at"]) if "started_at" in fields else None,
            "finished_at": float(fields["finished_at"]) if "finished_at" in fields else None,
            "queue_position": int(position) if position else None,
            "eta_s": float(eta_s) if eta_s else None,
            "cancel_requested": "cancel" in fields,
            "worker": fields.get("worker"),
            "device": fields.get("device"),
            "progress": _progress(fields) if fields["status"] == "running" else None,
            "candidates": _candidates(fields),
            "result": EditOutcome.model_validate_json(fields["result"]) if "result" in fields else None,
            "error": Failure.model_validate_json(fields["error"]) if "error" in fields else None,
            "links": EditLinks.of(edit_id),
        }
    )


def _progress(fields: dict[str, str]) -> ProgressState:
    stage = StageUpdate.model_validate_json(fields["stage"]) if "stage" in fields else None
    if "progress" not in fields:
        return ProgressState(stage=stage.name, item=stage.item) if stage else ProgressState()
    progress = ProgressUpdate.model_validate_json(fields["progress"])
    return ProgressState(
        stage=stage.name if stage else None,
        item=progress.item,
        candidate=progress.candidate,
        step=progress.step,
        total=progress.total,
        eta_s=progress.eta_s,
    )


def _candidates(fields: dict[str, str]) -> tuple[CandidateState, ...]:
    """What the worker committed, or what it has told of so far."""
    if "result" in fields:
        return EditOutcome.model_validate_json(fields["result"]).candidates
    told = [value for name, value in fields.items() if name.startswith("candidate:")]
    updates = sorted(map(CandidateUpdate.model_validate_json, told), key=lambda update: update.index)
    return tuple(CandidateState.model_validate(update.model_dump(exclude={"type"})) for update in updates)
