"""What a recogniser makes of the picture, as losses: its spelling (CTC) and its features. Knows no recogniser."""

import torch
import torch.nn.functional as F
from torch import Tensor


def recognition_loss(
    logits: Tensor, targets: Tensor, target_lengths: Tensor, *, blank: int = 0, clamp: float | None = None
) -> Tensor:
    """CTC (Graves et al. 2006) divided by the text's length → (B,), nats a character.

    `logits` (B, T, K), or log-probabilities: log_softmax leaves those as they are. `targets` (B, S) int64 classes,
    anything past `target_lengths` (B,) is ignored. A text that T frames can't hold gives 0 with zero gradient.
    `clamp` caps each sample's loss, as UDiffText does at 1.0: past it the sample is taken for unreadable and has no
    gradient, so one hopeless sample can't rule the batch. Computed in float32.
    """
    batch, num_frames, _ = logits.shape
    log_probs = F.log_softmax(logits.float(), dim=-1).transpose(0, 1)  # (T, B, K)
    frames = torch.full((batch,), num_frames, dtype=torch.int64, device=logits.device)
    losses = F.ctc_loss(
        log_probs, targets, frames, target_lengths, blank=blank, reduction="none", zero_infinity=True
    ) / target_lengths.clamp_min(1)
    return losses if clamp is None else losses.clamp(max=clamp)


def feature_loss(features: Tensor, target_features: Tensor) -> Tensor:
    """‖f - t‖² / ‖t‖² of each sample's features (B, ...) → (B,): 0 when alike, whatever the features' scale.

    For a recogniser's inner features of the drawn and of the true picture. No gradient goes into `target_features`.
    """
    target = target_features.detach().float().flatten(1)  # (B, F)
    squared_distance = (features.float().flatten(1) - target).square().sum(dim=1)
    return squared_distance / target.square().sum(dim=1).clamp_min(torch.finfo(torch.float32).eps)
