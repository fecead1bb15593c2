"""An edit that must be there, and the pictures it gave. Knows states and blobs; no routes."""

from backend.problems import Refusal
from backend.services import Services
from worker.contract import EditOutcome, EditState
from worker.errors import EditNotFoundError, ResultNotReadyError
from worker.records import AsyncRecords


async def existing(records: AsyncRecords, edit_id: str) -> EditState:
    """Raises EditNotFoundError."""
    state = await records.get(edit_id)
    if state is None:
        raise EditNotFoundError("no such edit; states are kept for 7 days after the end")
    return state


def outcome_of(state: EditState) -> EditOutcome:
    """Raises ResultNotReadyError, which says where the edit stands."""
    if state.result is None:
        raise ResultNotReadyError(f"the edit is {state.status}; there is a picture once it has succeeded")
    return state.result


def picture_of(outcome: EditOutcome, index: int) -> str:
    """The SHA-256 of a candidate's picture. Raises Refusal."""
    candidate = next((candidate for candidate in outcome.candidates if candidate.index == index), None)
    if candidate is None:
        raise Refusal("candidate_not_found", f"no such candidate; the edit has {len(outcome.candidates)}")
    if candidate.image_sha256 is None:
        raise Refusal("candidate_not_found", "pictures are kept of the best candidates only, as many as were asked for")
    return candidate.image_sha256


async def delete_pictures(services: Services, outcome: EditOutcome) -> None:
    """The result and all candidates."""
    candidates = (candidate.image_sha256 for candidate in outcome.candidates)
    for digest in {outcome.image_sha256, *filter(None, candidates)}:
        await services.blobs.delete_result(digest, outcome.content_type)
