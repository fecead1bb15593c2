"""UDiffText's character encoder ("LabelEncoder") and its characters: texts → ids → one feature a character.

As published: post-norm, no padding mask, no final norm, and the space is no character. Knows no files.
"""

import string
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from models.config import LabelEncoderConfig
from models.nets.char_encoder import sinusoids

# The order determines the ids, 1..94. Id 0 is padding, and the space too.
LABEL_CHARACTERS = string.digits + string.ascii_letters + string.punctuation


class LabelEncoder(nn.Module):
    """Embedding + fixed sinusoidal positions + a post-norm Transformer whose feed-forward part is as wide as itself."""

    positions: Tensor

    def __init__(self, config: LabelEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.num_classes, config.dim)
        self.dropout = nn.Dropout(config.dropout)
        layer = nn.TransformerEncoderLayer(
            config.dim, config.num_heads, config.dim, dropout=config.dropout, activation="relu", batch_first=True
        )
        self.layers = nn.TransformerEncoder(layer, config.num_layers, enable_nested_tensor=False)
        self.register_buffer("positions", sinusoids(config.max_chars, config.dim))

    def forward(self, char_ids: Tensor) -> Tensor:
        """`char_ids` (B, L) int64 → (B, L, D). In training mode dropout draws from torch's global generators."""
        encoded: Tensor = self.layers(self.dropout(self.embedding(char_ids) + self.positions))
        return encoded


def encode_labels(texts: Sequence[str], *, max_chars: int) -> tuple[Tensor, Tensor]:
    """Texts → `char_ids` (B, L) int64 padded with 0, and `char_valid` (B, L) bool, L = `max_chars`.

    A space has id 0 as the padding has, but is valid. Raises ValueError for a text that is too long or has other
    characters outside `LABEL_CHARACTERS`.
    """
    char_ids = torch.zeros((len(texts), max_chars), dtype=torch.int64)
    char_valid = torch.zeros((len(texts), max_chars), dtype=torch.bool)
    for row, text in enumerate(texts):
        if len(text) > max_chars:
            raise ValueError(f"text has {len(text)} characters, the model takes at most {max_chars}: {text!r}")
        if unknown := unknown_labels(text):
            raise ValueError(f"characters not in the charset: {unknown}")
        ids = [LABEL_CHARACTERS.find(character) + 1 for character in text]  # the space isn't found: 0
        char_ids[row, : len(text)] = torch.tensor(ids, dtype=torch.int64)
        char_valid[row, : len(text)] = True
    return char_ids, char_valid


def unknown_labels(text: str) -> list[str]:
    """The characters of `text` that the encoder has no id for, each once, in order of appearance."""
    return [character for character in dict.fromkeys(text) if character not in LABEL_CHARACTERS + " "]
