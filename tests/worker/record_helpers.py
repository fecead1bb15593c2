"""What the tests of the record keeper share: requests, outcomes, and the words of an edit's story."""

from typing import Any

import redis

from worker.contract import EditOutcome, EditRequest, EditState, Failure, new_edit_id
from worker.queueing import intermediate_key, queue_key
from worker.records import Attempt, Records

IMAGE_ID = "img_" + "0a" * 32
KEY_HASH = "1b" * 32
OUTCOME = EditOutcome(
    best=0,
    image_sha256="2c" * 32,
    content_type="image/png",
    changed_outside_mask_px=0,
    verified=True,
    candidates=(),
    model="tiny",
    seed=1,
)
FAILURE = Failure(code="bad_text", message="text has 25 characters, the model takes at most 24")


def edit_request(**changes: Any) -> EditRequest:
    item = {"target": {"region_id": "r0"}, "text": 'Café "\\ 🚕'}
    return EditRequest.model_validate({"image_id": IMAGE_ID, "edits": [item], "seed": 1, **changes})


def create(records: Records, **changes: Any) -> str:
    return records.create(new_edit_id(), edit_request(**changes), fingerprint="f").accepted.edit_id


def pop(client: redis.Redis) -> str | None:
    """What a worker takes next, as it takes it."""
    taken = client.lmove(queue_key("interactive"), intermediate_key("interactive"))
    taken = taken or client.lmove(queue_key("batch"), intermediate_key("batch"))
    return taken.decode() if isinstance(taken, bytes) else None


def start(records: Records, edit_id: str) -> Attempt:
    assert pop(records.redis) == edit_id
    attempt = records.begin(edit_id, worker="w1", device="cpu")
    assert attempt is not None
    return attempt


def state(records: Records, edit_id: str) -> EditState:
    found = records.get(edit_id)
    assert found is not None
    return found


def story(records: Records, edit_id: str) -> list[str]:
    """The types of the events; `seq` must rise by one from 1."""
    events = records.events(edit_id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.event().seq for event in events] == [event.seq for event in events]
    return [event.type for event in events]
