"""The record keeper for asyncio: what the API needs. The same calls as `records.py`, where they are explained."""

from typing import Any, Literal, TypeVar

import redis.asyncio

from worker.contract import (
    AnyRequest,
    DetectResult,
    EditState,
    Failure,
    ImageInfo,
    MaskInfo,
)
from worker.records import edits, looking
from worker.records.calls import Call
from worker.records.connections import translated
from worker.records.values import (
    DEFAULT_RETENTION_S,
    LEASE_S,
    STRANDED_AFTER_S,
    Created,
    QueueState,
    Reaped,
    Retried,
    Stats,
    StoredEvent,
)

T = TypeVar("T")


class AsyncRecords:
    """`Records`, awaited."""

    def __init__(
        self, client: redis.asyncio.Redis, *, max_queued: int = 1000, retention_s: int = DEFAULT_RETENTION_S
    ) -> None:
        self.redis, self.max_queued, self.retention_s = client, max_queued, retention_s
        self._scripts: dict[str, Any] = {}

    async def _run(self, call: Call[T]) -> T:
        script = self._scripts.get(call.lua)
        if script is None:
            script = self._scripts[call.lua] = self.redis.register_script(call.lua)
        with translated():
            reply = await script(keys=call.keys, args=call.args)
        return call.parse(reply)

    async def create(
        self, edit_id: str, request: AnyRequest, *, fingerprint: str, idempotency_key_hash: str | None = None
    ) -> Created:
        return await self._run(
            edits.create(
                edit_id,
                request,
                fingerprint=fingerprint,
                idempotency_key_hash=idempotency_key_hash,
                max_queued=self.max_queued,
            )
        )

    async def retrying(self, edit_id: str, attempt: int, reason: str = "worker_lost") -> Retried | None:
        return await self._run(edits.retrying(edit_id, attempt, reason))

    async def expired(self) -> list[tuple[str, int]]:
        return await self._run(looking.expired(lease_s=LEASE_S))

    async def requeue_stranded(self, *, after_s: float = STRANDED_AFTER_S) -> list[str]:
        stranded = await self._run(looking.stranded())
        return [edit_id for edit_id in stranded if await self._run(edits.requeue(edit_id, after_s=after_s))]

    async def reap(self) -> Reaped:
        outcomes = {edit_id: await self.retrying(edit_id, attempt) for edit_id, attempt in await self.expired()}
        return Reaped.of(outcomes, requeued=await self.requeue_stranded())

    async def cancel(self, edit_id: str) -> bool:
        return await self._run(edits.cancel(edit_id))

    async def forget(self, edit_id: str) -> bool:
        return await self._run(edits.forget(edit_id))

    async def is_cancel_requested(self, edit_id: str) -> bool:
        return await self._run(looking.is_cancel_requested(edit_id))

    async def get(self, edit_id: str) -> EditState | None:
        return await self._run(looking.get(edit_id))

    async def events(self, edit_id: str, after: int = 0) -> list[StoredEvent]:
        return await self._run(looking.events(edit_id, after))

    async def queue(self) -> QueueState:
        return await self._run(looking.queue())

    async def stats(self) -> Stats:
        return await self._run(looking.stats())

    async def ping(self) -> None:
        await self._run(looking.ping())

    async def save_image(self, info: ImageInfo) -> None:
        await self._run(looking.save_image(info, retention_s=self.retention_s))

    async def get_image(self, image_id: str) -> ImageInfo | None:
        return await self._run(looking.get_image(image_id))

    async def delete_image(self, image_id: str) -> bool:
        return await self._run(looking.delete_image(image_id))

    async def save_mask(self, info: MaskInfo) -> None:
        await self._run(looking.save_mask(info, retention_s=self.retention_s))

    async def get_mask(self, mask_id: str) -> MaskInfo | None:
        return await self._run(looking.get_mask(mask_id))

    async def request_detect(self, image_id: str) -> Literal["done", "pending", "queued"]:
        return await self._run(looking.request_detect(image_id, max_queued=self.max_queued))

    async def get_detect(self, image_id: str) -> DetectResult | Failure | None:
        return await self._run(looking.get_detect(image_id))
