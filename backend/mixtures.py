"""The picture with one chosen drawing of each word, from whichever candidates: `?choices=3,4`.

Knows which pictures go into it; a rendering child puts them together.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from backend.problems import invalid_field
from backend.renderings import format_of
from backend.results import chosen_of, outcome_of
from backend.services import Services
from worker.contract import CandidateState, EditOutcome, EditState, OutputOptions
from worker.rendering_protocol import Part, Rendering

PARAMETER = "choices"
_CHOICES = re.compile(r"[0-9]{1,4}(?:,[0-9]{1,4}){0,15}")

CHOICES_PARAMETERS: list[dict[str, Any]] = [
    {
        "name": PARAMETER,
        "in": "query",
        "schema": {"type": "string", "pattern": f"^{_CHOICES.pattern}$", "examples": ["1,6"]},
        "description": "One candidate's index for each of `edits`, in their order: the picture with these drawings.",
    },
]


@dataclass(frozen=True)
class Mixture:
    """`others` are the chosen candidates that the result doesn't show, with their pictures' SHA-256: two or more."""

    outcome: EditOutcome
    others: tuple[tuple[CandidateState, str], ...]
    written: Rendering  # as the worker would have written it

    @property
    def digest(self) -> str:
        """The same drawings in the same picture are the same mixture."""
        pictures = (self.outcome.image_sha256, *(sha256 for _, sha256 in self.others))
        return hashlib.sha256(" ".join(pictures).encode()).hexdigest()

    async def render(self, services: Services, wanted: Rendering | None = None) -> bytes:
        """By default as the worker would have written it. Raises ResultExpiredError, and as `Renderer.render`."""
        outcome, parts = self.outcome, list[Part]()
        for candidate, sha256 in self.others:  # one after the other: only one large file is in memory
            data = await services.blobs.read_result(sha256, outcome.content_type)
            box = outcome.boxes_px[candidate.item] if outcome.boxes_px else None  # an older worker gave none
            file = await services.renderer.render(data, Rendering("png", OutputOptions().quality, box))
            parts.append(Part(*(box[:2] if box else (0, 0)), file))
        data = await services.blobs.read_result(outcome.image_sha256, outcome.content_type)
        return await services.renderer.render(data, wanted or self.written, parts)


def picture_with(state: EditState, choices: Sequence[int]) -> str | Mixture:
    """What shows these candidates: a picture that is there already, by its SHA-256, or one that is still to be made.

    Raises ResultNotReadyError, and as `chosen_of`.
    """
    outcome = outcome_of(state)
    chosen = chosen_of(outcome, choices)
    others = tuple((candidate, sha256) for candidate, sha256 in chosen if sha256 != outcome.image_sha256)
    if not others:
        return outcome.image_sha256
    if len(others) == 1:
        return others[0][1]
    return Mixture(outcome, others, Rendering(format_of(outcome.content_type), state.request.output.quality))


def choices_of(query: QueryParams) -> tuple[int, ...] | None:
    """None where nothing is chosen. Raises RequestValidationError."""
    given = query.get(PARAMETER)
    if given is None:
        return None
    if not _CHOICES.fullmatch(given):
        raise invalid_field(f"/{PARAMETER}", "wanted indices of candidates with commas between them, such as 1,6")
    return tuple(map(int, given.split(",")))
