"""Tiny ViTSTR and PARSeq with weights that make something of a picture."""

import torch

from models.config import ParseqConfig, VisionTransformerConfig
from models.nets.parseq import END_ID, Parseq

TINY_VITSTR = VisionTransformerConfig((16, 16), (4, 4), 1, 8, 2, 1, class_token=True)
TINY_PARSEQ = ParseqConfig(VisionTransformerConfig((32, 128), (16, 32), 3, 24, 2, 1, class_token=False), 8, 4, 2)


def tiny_parseq(seed: int = 0) -> Parseq:
    """Reads something from every picture, texts of several lengths among them."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = Parseq(TINY_PARSEQ)
        for parameter in net.parameters():
            torch.nn.init.normal_(parameter, std=0.7)
        net.head.bias.data[END_ID] += 8
    return net.eval()
