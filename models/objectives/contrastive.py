"""The character encoder's pre-training losses (UDiffText): align with pictures of the text, keep the spelling."""

import torch
import torch.nn.functional as F
from torch import Tensor

from models.objectives.grids import mean_over_valid

_MAX_SCALE = 100.0  # Radford et al. (2021), section 2.5: a larger temperature makes training unstable


def contrastive_loss(text_embeddings: Tensor, image_embeddings: Tensor, logit_scale: Tensor) -> Tensor:
    """Symmetric InfoNCE: row i of both (B, D) belong together → (B,), each sample against all others of the batch.

    Embeddings needn't be normalised; `logit_scale` () is the logarithm of the inverse temperature. Texts must differ
    within a batch: a repeated text would be pushed from its own picture.
    """
    text = F.normalize(text_embeddings.float(), dim=-1)
    image = F.normalize(image_embeddings.float(), dim=-1)
    logits = logit_scale.float().exp().clamp(max=_MAX_SCALE) * image @ text.T  # (B images, B texts)
    partners = torch.arange(logits.shape[0], device=logits.device)
    image_to_text = F.cross_entropy(logits, partners, reduction="none")
    text_to_image = F.cross_entropy(logits.T, partners, reduction="none")
    return (image_to_text + text_to_image) / 2


def character_loss(logits: Tensor, char_ids: Tensor, char_valid: Tensor) -> Tensor:
    """Cross-entropy of `logits` (B, L, K) against `char_ids` (B, L), the mean over the real characters → (B,).

    The published code counts the padding too, and most of a short word is padding; here it doesn't count.
    """
    each = F.cross_entropy(logits.float().transpose(1, 2), char_ids, reduction="none")  # (B, L)
    return mean_over_valid(each, char_valid)
