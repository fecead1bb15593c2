"""The words that replace others when editing is judged: as long as the old one, as published, and cased like it.

The list is Respell's own; one-letter words are letters.
"""

from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np

from models.data.words import case_like

_LIST = Path(__file__).with_name("editing_words.txt")


def editing_word(text: str, rng: np.random.Generator) -> str:
    """Another word of the same length. Raises ValueError for a length of which there are none."""
    words = [word for word in _words_by_length().get(len(text), ()) if word != text.casefold()]
    if not words:
        raise ValueError(f"there are no words of {len(text)} letters, only of 1 to {max(_words_by_length())}")
    return case_like(text, words[int(rng.integers(len(words)))])


@cache
def _words_by_length() -> dict[int, list[str]]:
    words = defaultdict(list)
    for word in _LIST.read_text("ascii").split():
        words[len(word)].append(word)
    return dict(words)
