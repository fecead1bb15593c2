"""The characters the model can write, and their ids. Knows nothing of tensors' devices or of fonts.

The order matters: it determines the ids inside every checkpoint. Append, never insert.
"""

import unicodedata
from collections.abc import Sequence

import torch
from torch import Tensor

PAD_ID = 0
PRINTABLE = "".join(chr(code) for code in range(33, 127))  # the 94 printable ASCII characters
ACCENTED = "".join(c for c in map(chr, range(0xC0, 0x100)) if len(unicodedata.normalize("NFD", c)) == 2)
CHARSET = PRINTABLE + " "  # ids 1..95; the space is a character of its own: several words share a strip
NUM_CLASSES = len(CHARSET) + 1
MAX_CHARS = 24

_ID_BY_CHARACTER = {character: index + 1 for index, character in enumerate(CHARSET)}
# An accented letter has its bare letter's id: the encoder says "e", the glyph image says "é".
_ID_BY_CHARACTER |= {c: _ID_BY_CHARACTER[unicodedata.normalize("NFD", c)[0]] for c in ACCENTED}


def unknown_characters(text: str) -> list[str]:
    """The characters of `text` that the model can't write, each once, in order of appearance."""
    return [character for character in dict.fromkeys(text) if character not in _ID_BY_CHARACTER]


def encode(texts: Sequence[str], *, max_chars: int = MAX_CHARS) -> tuple[Tensor, Tensor]:
    """Texts → `char_ids` (B, L) int64 padded with `PAD_ID`, and `char_valid` (B, L) bool, L = `max_chars`.

    Raises ValueError for a text that is too long or has characters outside the charset.
    """
    char_ids = torch.full((len(texts), max_chars), PAD_ID, dtype=torch.int64)
    for row, text in enumerate(texts):
        if len(text) > max_chars:
            raise ValueError(f"text has {len(text)} characters, the model takes at most {max_chars}: {text!r}")
        if unknown := unknown_characters(text):
            raise ValueError(f"characters not in the charset: {unknown}")
        char_ids[row, : len(text)] = torch.tensor([_ID_BY_CHARACTER[c] for c in text], dtype=torch.int64)
    return char_ids, char_ids != PAD_ID


def decode(char_ids: Tensor) -> list[str]:
    """`char_ids` (B, L) → texts, padding and accents dropped."""
    return ["".join(CHARSET[i - 1] for i in row if i != PAD_ID) for row in char_ids.tolist()]
