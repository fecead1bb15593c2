"""How far "reads right" is to be believed: words that are known to be wrong, shown to the reader that verifies.

The drafts of a pair's word and of the word with one letter wrong are drawn through the door and read back as it reads
them. A draft's letters are outlines, so what is written is known, not judged by another reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.config import SamplerConfig
from models.data.scenes import Pair
from models.evaluate.outcomes import Outcome, Subject
from models.evaluate.protocols import Editor, Progress, draft_only, edit_item, pair_target
from models.evaluate.protocols_reading import text_crop
from models.reading.ranking import comparable, verified
from models.reading.recognition import LineRecogniser

MISTAKES = ("look-alike", "other letter", "left out", "doubled")

_LOOK_ALIKES = (
    "O0QDC",
    "Il1i",
    "EF",
    "B83",
    "S5",
    "Z2",
    "G6C",
    "UV",
    "MN",
    "RPK",
    "ce",
    "nhm",
    "uv",
    "rt",
    "aes",
    "gq9",
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Judged:
    """One drawing as the verifying reader sees it.

    `mistake` is one of `MISTAKES`, or None where `text` itself is written. `confidence` is the least of the reading's
    characters', 0 for no text. `verified` is what the door would say.
    """

    text: str
    mistake: str | None
    reading: str
    confidence: float
    verified: bool


def judge_drafts(
    editor: Editor,
    pairs: Sequence[Pair],
    recogniser: LineRecogniser,
    *,
    seed: int,
    sampler: SamplerConfig,
    progress: Progress | None = None,
) -> list[Judged]:
    """Each pair's word drawn right, and with each of `MISTAKES` that it allows."""
    judged = []
    for index, pair in enumerate(pairs):
        rng = np.random.default_rng((seed, index))
        written: dict[str | None, str] = {None: pair.target_text}
        for mistake in MISTAKES:
            wrong = with_mistake(pair.target_text, mistake, rng)
            if wrong is not None:
                written[mistake] = wrong
        options = draft_only(seed, index, sampler)
        pictures = {
            mistake: edit_item(editor, pair.source, pair_target(pair), text, options)
            for mistake, text in written.items()
        }
        crops = {m: text_crop(drawn.picture, pair.text_box) for m, drawn in pictures.items() if drawn.refused is None}
        readings = recogniser.read_many(list(crops.values()))
        for shown, reading in zip(crops, readings, strict=True):
            confidence = min(reading.char_confidences, default=0.0)
            is_right = verified(pair.target_text, reading.text)
            judged.append(Judged(pair.target_text, shown, reading.text, confidence, is_right))
        if progress is not None:
            progress("wrong words", index + 1, len(pairs))
    return judged


def judge_outcomes(
    subjects: Sequence[Subject], outcomes: Sequence[Outcome], recogniser: LineRecogniser
) -> list[Judged]:
    """The model's own drawings as the verifying reader sees them."""
    crops = [text_crop(outcome.strip, subject.box) for subject, outcome in zip(subjects, outcomes, strict=True)]
    return [
        Judged(
            subject.text,
            None,
            reading.text,
            min(reading.char_confidences, default=0.0),
            verified(subject.text, reading.text),
        )
        for subject, reading in zip(subjects, recogniser.read_many(crops), strict=True)
    ]


def with_mistake(text: str, mistake: str, rng: np.random.Generator) -> str | None:
    """`text` with one letter wrong; None where it allows no such mistake that a reader could tell.

    Raises ValueError for a mistake that isn't one of `MISTAKES`.
    """
    places = [place for place, character in enumerate(text) if not character.isspace()]
    choices = [wrong for place in places for wrong in _mistakes(text, place, mistake, rng)]
    choices = [wrong for wrong in choices if comparable(wrong) != comparable(text) and wrong.strip()]
    return choices[int(rng.integers(len(choices)))] if choices else None


def _mistakes(text: str, place: int, mistake: str, rng: np.random.Generator) -> list[str]:
    before, character, after = text[:place], text[place], text[place + 1 :]
    match mistake:
        case "look-alike":
            others = {other for group in _LOOK_ALIKES if character in group for other in group} - {character}
            return [before + other + after for other in sorted(others)]
        case "other letter":
            other = _LETTERS[int(rng.integers(len(_LETTERS)))]
            return [before + (other.upper() if character.isupper() else other) + after]
        case "left out":
            return [before + after]
        case "doubled":
            return [before + 2 * character + after]
    raise ValueError(f"a mistake is one of {', '.join(MISTAKES)}, got {mistake!r}")
