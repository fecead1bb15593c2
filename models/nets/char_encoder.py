"""The character encoder: character ids → one feature a character. UDiffText's idea at a small size: post-norm became
pre-norm, and padding is masked, so that a text's features don't depend on how far it is padded.
"""

import math

import torch
from torch import Tensor, nn

from models.charset import PAD_ID
from models.config import CharEncoderConfig


class CharEncoder(nn.Module):
    """Embedding + fixed sinusoidal positions + a pre-norm Transformer."""

    positions: Tensor

    def __init__(self, config: CharEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.num_classes, config.dim, padding_idx=PAD_ID)
        layer = nn.TransformerEncoderLayer(
            config.dim,
            config.num_heads,
            2 * config.dim,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.layers = nn.TransformerEncoder(layer, config.num_layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(config.dim)
        self.register_buffer("positions", sinusoids(config.max_chars, config.dim), persistent=False)

    def forward(self, char_ids: Tensor, char_valid: Tensor) -> Tensor:
        """`char_ids` (B, L) int64, `char_valid` (B, L) bool → (B, L, D); padding's features are zero."""
        features = self.embedding(char_ids) + self.positions[: char_ids.shape[1]]  # (B, L, D)
        # a row without characters would be softmax over nothing: let it attend to its first pad
        hidden = ~char_valid
        hidden = hidden & (
            char_valid.any(dim=1, keepdim=True) | (torch.arange(char_ids.shape[1]) > 0).to(hidden.device)
        )
        encoded: Tensor = self.norm(self.layers(features, src_key_padding_mask=hidden))
        return encoded * char_valid.unsqueeze(-1)


def sinusoids(length: int, dim: int) -> Tensor:
    """(L, D) float32: even columns sine, odd cosine, base 10,000. Source: Vaswani et al. (2017), section 3.5."""
    angles = torch.arange(length)[:, None] * torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)
