"""An edit that must be there, and the pictures it gave. Knows states and blobs; no routes."""

from backend.services import Services
from worker.contract import CandidateState, EditOutcome, EditState
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


def candidate_of(outcome: EditOutcome, index: int) -> CandidateState | None:
    return next((candidate for candidate in outcome.candidates if candidate.index == index), None)


async def delete_pictures(services: Services, outcome: EditOutcome) -> None:
    """The result and all candidates."""
    candidates = (candidate.image_sha256 for candidate in outcome.candidates)
    for digest in {outcome.image_sha256, *filter(None, candidates)}:
        await services.blobs.delete_result(digest, outcome.content_type)
