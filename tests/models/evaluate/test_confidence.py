"""Words that are wrong in a known way are told apart from right ones."""

import numpy as np
import pytest

from models.config import SamplerConfig
from models.evaluate.outcomes import Drawn, measure
from models.evaluate.protocols import subject_of
from models.evaluate.protocols_confidence import MISTAKES, Judged, judge_drafts, judge_outcomes, with_mistake
from models.evaluate.report_confidence import confidence_figures, confidence_tables
from models.reading.ranking import comparable, verified
from models.reading.recognition import LineRecogniser
from tests.models.evaluate.scenes import PasteEditor, pairs, rapidocr


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("text", ["EXIT", "Keep Out", "8:30", "ll"])
def test_a_mistake_is_one_letter_that_a_reader_can_tell(text: str, mistake: str) -> None:
    for seed in range(20):
        wrong = with_mistake(text, mistake, np.random.default_rng(seed))
        if wrong is not None:
            assert comparable(wrong) != comparable(text)
            assert abs(len(wrong) - len(text)) <= 1


def test_an_unknown_mistake_is_refused() -> None:
    with pytest.raises(ValueError, match="look-alike"):
        with_mistake("EXIT", "turned", np.random.default_rng(0))


def test_right_words_are_verified_and_wrong_ones_are_not() -> None:
    some = [pair for pair in pairs(12) if pair.target_text.isalpha() and len(pair.target_text) > 3][:3]
    judged = judge_drafts(PasteEditor(), some, LineRecogniser.load(), seed=7, sampler=SamplerConfig())
    assert {one.mistake for one in judged} == {None, *MISTAKES}
    assert all(one.verified == verified(one.text, one.reading) for one in judged)
    assert sum(one.verified for one in judged if one.mistake is None) >= 2
    assert sum(one.verified for one in judged if one.mistake is not None) <= 1


def test_figures_count_right_and_wrong_words_apart() -> None:
    some = pairs(2)
    subjects = [subject_of(pair) for pair in some]
    truth = measure(subjects, [Drawn(pair.target) for pair in some], rapidocr())
    drafts = [Judged("EXIT", None, "EXIT", 0.999, True), Judged("TAXI", None, "TAXI", 0.7, True)]
    drafts += [Judged("EXIT", "doubled", "EXIT", 0.6, True), Judged("EXIT", "left out", "EXT", 0.99, False)]
    figures = confidence_figures(
        drafts, judge_outcomes(subjects, truth, LineRecogniser.load()), subjects, truth, truth, seed=0
    )
    assert figures["verified"]["right"]["value"] == 1.0
    assert figures["verified"]["doubled"]["value"] == 1.0
    assert figures["verified"]["left out"]["value"] == 0.0
    assert figures["verified"]["look-alike"] is None
    sure, unsure = figures["reliability"][-1], figures["reliability"][1]
    assert (sure["right"], sure["wrong"], sure["p_right"]) == (1, 0, 1.0)
    assert (unsure["right"], unsure["wrong"], unsure["p_right"]) == (1, 1, 0.5)
    assert figures["second_reader"] is None
    assert "look-alike" not in "".join(confidence_tables(figures))
