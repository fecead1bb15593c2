"""Claims about the words that replace others."""

import numpy as np
import pytest

from models.charset import PRINTABLE
from models.data.published.dataset import MAX_CHARS
from models.data.published.editing_words import editing_word


@pytest.mark.parametrize("length", range(1, MAX_CHARS + 1))
def test_every_length_has_words_that_are_not_the_old_one(length: int) -> None:
    rng = np.random.default_rng(length)
    words = [editing_word("exits taxies"[:length].replace(" ", "x"), rng) for _ in range(200)]
    assert {len(word) for word in words} == {length} and len(set(words)) > 20
    assert set("".join(words)) <= set(PRINTABLE)


def test_the_case_is_the_old_words() -> None:
    rng = np.random.default_rng(0)
    assert editing_word("EXIT", rng).isupper()
    assert editing_word("exit", rng).islower()
    assert editing_word("Exit", rng).istitle()
    assert editing_word("24%!", rng).isalpha()


def test_a_word_is_never_replaced_by_itself() -> None:
    rng = np.random.default_rng(0)
    assert all(editing_word("A", rng) != "A" for _ in range(300))


def test_a_length_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="no words of 40 letters"):
        editing_word("x" * 40, np.random.default_rng(0))
