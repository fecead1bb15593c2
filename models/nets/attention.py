"""Cross-attention that can be watched: a recorder is passed in with each call, nothing is kept on the modules."""

from diffusers.models.attention_processor import Attention
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

_HIDDEN = -1e4  # finite: a text without characters attends evenly to padding, whose features are zero


class AttentionRecorder:
    """Collects the cross-attention probabilities of one forward pass, averaged over heads, in the order of layers."""

    def __init__(self) -> None:
        self.probabilities: list[Tensor] = []  # each (B, P, L) float32

    def maps(self, grid: tuple[int, int]) -> list[Tensor]:
        """The maps as (B, L, h_l, w_l); `grid` is (h, w) of the latents, which every layer's grid divides."""
        height, width = grid
        maps = []
        for probabilities in self.probabilities:
            shrink = round((height * width / probabilities.shape[1]) ** 0.5)
            maps.append(rearrange(probabilities, "b (h w) l -> b l h w", h=height // shrink, w=width // shrink))
        return maps


class RecordingAttention:
    """Plain softmax attention as a diffusers processor; softmax in float32. Source: Vaswani et al. (2017), eq. 1.

    `fused`: self-attention goes through torch's own function, which never holds its P × P scores.
    """

    def __init__(self, *, fused: bool = False) -> None:
        self.fused = fused

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
        recorder: AttentionRecorder | None = None,
        char_valid: Tensor | None = None,
    ) -> Tensor:
        """(B, P, D) attending to (B, L, D) or itself → (B, P, D); `char_valid` (B, L) hides padding from every layer.

        diffusers hands its own mask only to some cross-attentions (not where `only_cross_attention`), so it isn't used.
        """
        del temb
        assert attention_mask is None, "padding is hidden by char_valid"
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        split = "b p (a d) -> b a p d"
        query = rearrange(attn.to_q(hidden_states), split, a=attn.heads)
        key = rearrange(attn.to_k(context), split, a=attn.heads)
        value = rearrange(attn.to_v(context), split, a=attn.heads)
        if self.fused and encoder_hidden_states is None:
            mixed = rearrange(F.scaled_dot_product_attention(query, key, value), "b a p d -> b p (a d)")
            return _projected(attn, mixed)
        scores = (query @ key.transpose(-1, -2)).float() * attn.scale  # (B, A, P, L)
        if char_valid is not None and encoder_hidden_states is not None:
            scores = scores.masked_fill(~char_valid[:, None, None, :], _HIDDEN)
        probabilities = scores.softmax(dim=-1)
        if recorder is not None and encoder_hidden_states is not None:
            recorder.probabilities.append(probabilities.mean(dim=1))
        mixed = rearrange(probabilities.to(value.dtype) @ value, "b a p d -> b p (a d)")
        return _projected(attn, mixed)


def _projected(attn: Attention, mixed: Tensor) -> Tensor:
    projected: Tensor = attn.to_out[0](mixed)
    return projected
