"""PARSeq base, for reading alone: one character after the other, then once more with both sides known.

Its characters and their ids are those of `label_encoder`; id 0 ends a text. Knows no files.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.config import ParseqConfig
from models.nets.label_encoder import LABEL_CHARACTERS
from models.nets.vision_transformer import VisionTransformer

END_ID = 0
_NUM_CLASSES = len(LABEL_CHARACTERS) + 1  # the end, then the characters: what is predicted
_START_ID, _PAD_ID = _NUM_CLASSES, _NUM_CLASSES + 1  # what may only stand in the context


class Parseq(nn.Module):
    """Pictures of one word each → logits of its characters. In training mode as in evaluation: there is no dropout."""

    def __init__(self, config: ParseqConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or ParseqConfig()
        dim = config.encoder.dim
        self.encoder = VisionTransformer(config.encoder)
        self.decoder = _Decoder(dim, config.num_heads, config.mlp_ratio * dim)
        self.head = nn.Linear(dim, _NUM_CLASSES)
        self.text_embed = _TokenEmbedding(_PAD_ID + 1, dim)
        self.pos_queries = nn.Parameter(nn.init.trunc_normal_(torch.empty(1, config.max_chars + 1, dim), std=0.02))

    def forward(self, images: Tensor, *, max_chars: int | None = None) -> Tensor:
        """`images` (B, 3, 32, 128) RGB in [-1, 1] → logits (B, L, 95), L = `max_chars` + 1 for the end.

        Without `max_chars` the first reading stops with the longest text, and L is the most that PARSeq reads, + 1.
        Differentiable in the images; what was read so far enters as it is.
        """
        if max_chars is not None and not 1 <= max_chars <= self.config.max_chars:
            raise ValueError(f"max_chars is {max_chars}, allowed are 1 to {self.config.max_chars}")
        num_steps = (max_chars or self.config.max_chars) + 1
        memory = self.encoder(images)  # (B, P, D)
        first = self._read_on(memory, num_steps, until_ended=max_chars is None)
        return self._reread(memory, first, num_steps)

    def _read_on(self, memory: Tensor, num_steps: int, *, until_ended: bool) -> Tensor:
        """Left to right, each character knowing those before it."""
        ids = torch.full((len(memory), num_steps), _PAD_ID, device=memory.device)
        ids[:, 0] = _START_ID
        logits = []
        for step in range(num_steps):
            query = self.pos_queries[:, step : step + 1].expand(len(memory), -1, -1)
            logits.append(self.head(self.decoder(query, self._context(ids[:, : step + 1]), memory)))  # (B, 1, 95)
            if step + 1 < num_steps:
                ids[:, step + 1] = logits[-1][:, 0].argmax(-1)
                if until_ended and bool((ids == END_ID).any(dim=1).all()):
                    break
        return torch.cat(logits, dim=1)

    def _reread(self, memory: Tensor, logits: Tensor, num_steps: int) -> Tensor:
        """All positions at once, each knowing all other characters of the first reading."""
        start = torch.full((len(memory), 1), _START_ID, device=memory.device)
        ids = torch.cat([start, logits[:, :-1].argmax(-1)], dim=1)
        ended = (ids == END_ID).cumsum(dim=1) > 0
        # Context i is the character before position i; a position may not see its own, which is context i + 1.
        own = torch.ones(num_steps, ids.shape[1], dtype=torch.bool, device=memory.device).triu(1).tril(1)
        queries = self.pos_queries[:, :num_steps].expand(len(memory), -1, -1)
        reread: Tensor = self.head(self.decoder(queries, self._context(ids), memory, hidden=own, padding=ended))
        return reread

    def _context(self, ids: Tensor) -> Tensor:
        """Start and characters (B, L) → (B, L, D). The start has no position."""
        embedded: Tensor = self.text_embed(ids)
        placed = embedded[:, 1:] + self.pos_queries[:, : ids.shape[1] - 1]
        return torch.cat([embedded[:, :1], placed], dim=1)


class _TokenEmbedding(nn.Module):
    def __init__(self, num_tokens: int, dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(num_tokens, dim)

    def forward(self, ids: Tensor) -> Tensor:
        embedded: Tensor = self.embedding(ids) * math.sqrt(self.embedding.embedding_dim)
        return embedded


class _Decoder(nn.Module):
    """One layer and a norm, the tensors named as published."""

    def __init__(self, dim: int, num_heads: int, hidden_dim: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([_DecoderLayer(dim, num_heads, hidden_dim)])
        self.norm = nn.LayerNorm(dim)

    def forward(
        self,
        query: Tensor,
        context: Tensor,
        memory: Tensor,
        *,
        hidden: Tensor | None = None,
        padding: Tensor | None = None,
    ) -> Tensor:
        """`hidden` (L, L') and `padding` (B, L') bool: what of the context is not seen."""
        for layer in self.layers:
            query = layer(query, context, memory, hidden, padding)
        normed: Tensor = self.norm(query)
        return normed


class _DecoderLayer(nn.Module):
    """Pre-norm; the queries are positions, keys and values the context, then the picture."""

    def __init__(self, dim: int, num_heads: int, hidden_dim: int) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(dim, num_heads, batch_first=True)
        self.cross_attn = nn.MultiheadAttention(dim, num_heads, batch_first=True)
        self.linear1 = nn.Linear(dim, hidden_dim)
        self.linear2 = nn.Linear(hidden_dim, dim)
        self.norm1 = nn.LayerNorm(dim)
        self.norm2 = nn.LayerNorm(dim)
        self.norm_q = nn.LayerNorm(dim)
        self.norm_c = nn.LayerNorm(dim)

    def forward(
        self, query: Tensor, context: Tensor, memory: Tensor, hidden: Tensor | None, padding: Tensor | None
    ) -> Tensor:
        known = self.norm_c(context)
        query = (
            query
            + self.self_attn(
                self.norm_q(query), known, known, attn_mask=hidden, key_padding_mask=padding, need_weights=False
            )[0]
        )
        query = query + self.cross_attn(self.norm1(query), memory, memory, need_weights=False)[0]
        fed: Tensor = query + self.linear2(F.gelu(self.linear1(self.norm2(query))))
        return fed


def prepare_words(images: Tensor, image_hw: tuple[int, int] = ParseqConfig().encoder.image_hw) -> Tensor:
    """Crops (B, 3, H, W) → (B, 3, 32, 128), squashed, bicubic and antialiased, as PARSeq knows them."""
    return F.interpolate(images, size=image_hw, mode="bicubic", align_corners=False, antialias=True)


def decode_words(logits: Tensor) -> list[str]:
    """Logits (B, L, 95) → what they say, up to the end."""
    texts = []
    for row in logits.argmax(-1).tolist():
        ids = row[: row.index(END_ID)] if END_ID in row else row
        texts.append("".join(LABEL_CHARACTERS[index - 1] for index in ids))
    return texts
