"""Claims about the texts that a prompt quotes."""

import pytest

from worker.contract.prompts import quoted_texts


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ('A sign that says "OPEN"', ["OPEN"]),
        ("a mug with “Good morning” and “Bob's”", ["Good morning", "Bob's"]),
        ("a poster, 'LIVE MUSIC', in Bob's bar", ["LIVE MUSIC"]),
        ("it's Bob's and the dogs' sign", []),
        ("ein Schild „Offen“, une enseigne « Ouvert »", ["Offen", "Ouvert"]),
        ('an empty "" pair and blanks "  "', []),
        ("a cat", []),
    ],
)
def test_what_stands_in_quotation_marks_is_text(prompt: str, texts: list[str]) -> None:
    assert quoted_texts(prompt) == texts
