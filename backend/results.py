"""An edit that must be there, and the pictures it gave. Knows states and blobs; no routes."""

from collections.abc import Sequence

from backend.problems import Refusal, invalid_field
from backend.services import Services
from worker.contract import CandidateMaps, CandidateState, EditOutcome, EditState
from worker.errors import EditNotFoundError, ResultNotReadyError
from worker.records import AsyncRecords

MAPS_TYPE = "image/png"


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
    return _kept(outcome, index)[1]


def chosen_of(outcome: EditOutcome, choices: Sequence[int]) -> list[tuple[CandidateState, str]]:
    """One candidate for each of `edits`, with the SHA-256 of its picture. Raises Refusal, RequestValidationError."""
    num_items = 1 + max(candidate.item for candidate in outcome.candidates)
    if len(choices) != num_items:
        raise invalid_field("/choices", f"wanted the index of a candidate for each of {num_items} edits")
    chosen = [_kept(outcome, index) for index in choices]
    for item, (candidate, _) in enumerate(chosen):
        if candidate.item != item:
            own = ", ".join(str(other.index) for other in outcome.candidates if other.item == item)
            raise invalid_field("/choices", f"candidate {candidate.index} isn't of edit {item}, which has {own}")
    return chosen


def candidate_of(outcome: EditOutcome, index: int) -> CandidateState:
    """Raises Refusal."""
    candidate = next((candidate for candidate in outcome.candidates if candidate.index == index), None)
    if candidate is None:
        raise Refusal("candidate_not_found", f"no such candidate; the edit has {len(outcome.candidates)}")
    return candidate


def _kept(outcome: EditOutcome, index: int) -> tuple[CandidateState, str]:
    candidate = candidate_of(outcome, index)
    if candidate.image_sha256 is None:
        raise Refusal("candidate_not_found", "pictures are kept of the best candidates only, as many as were asked for")
    return candidate, candidate.image_sha256


def maps_of(outcome: EditOutcome, index: int) -> CandidateMaps:
    """Where the characters of a candidate were attended to. Raises Refusal."""
    maps = candidate_of(outcome, index).maps
    if maps is None:
        raise Refusal("maps_not_found", "there are none of a removed word, and of letters that the model didn't draw")
    return maps


async def delete_pictures(services: Services, state: EditState) -> None:
    """The result, all candidates and their maps, and the picture that was made for them."""
    ended = state.result or state.error
    if ended is not None and ended.image_id is not None:
        await services.records.delete_image(ended.image_id)
        await services.blobs.delete(ended.image_id)
    if state.result is not None:
        await _delete_results(services, state.result)


async def _delete_results(services: Services, outcome: EditOutcome) -> None:
    candidates = (candidate.image_sha256 for candidate in outcome.candidates)
    for digest in {outcome.image_sha256, *filter(None, candidates)}:
        await services.blobs.delete_result(digest, outcome.content_type)
    for maps in filter(None, (candidate.maps for candidate in outcome.candidates)):
        await services.blobs.delete_result(maps.sha256, MAPS_TYPE)
