"""Claims about PARSeq: the published layout at full size, the plain formulas at a tiny one, and what a loss needs."""

import math

import pytest
import torch
from torch import Tensor

from models.nets.parseq import END_ID, Parseq, decode_words, prepare_words
from tests.models.nets.published_readers import tiny_parseq

START_ID, PAD_ID = 95, 96


def test_full_size_has_the_published_tensors() -> None:
    with torch.device("meta"):
        net = Parseq()
    shapes = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
    assert len(shapes) == 175 and sum(math.prod(shape) for shape in shapes.values()) == 23_832_671
    assert shapes["pos_queries"] == (1, 26, 384) and shapes["text_embed.embedding.weight"] == (97, 384)
    assert shapes["head.weight"] == (95, 384) and shapes["encoder.pos_embed"] == (1, 128, 384)
    assert shapes["encoder.patch_embed.proj.weight"] == (384, 3, 4, 8) and "encoder.cls_token" not in shapes
    layer = {name.removeprefix("decoder.layers.0.") for name in shapes if name.startswith("decoder.layers.")}
    attention = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"]
    rest = ["linear1", "linear2", "norm1", "norm2", "norm_q", "norm_c"]
    expected = {f"{part}.{name}" for part in ("self_attn", "cross_attn") for name in attention}
    assert layer == expected | {f"{part}.{kind}" for part in rest for kind in ("weight", "bias")}


def read_alone(net: Parseq, image: Tensor) -> Tensor:
    """One picture (3, H, W) → logits (L, 95), by the formulas: no batches, no masks, attention over lists."""
    weights = dict(net.named_parameters())
    queries, dim = weights["pos_queries"][0], weights["pos_queries"].shape[-1]
    memory = net.encoder(image[None])[0]

    def norm(x: Tensor, name: str) -> Tensor:
        return torch.nn.functional.layer_norm(x, (dim,), weights[f"{name}.weight"], weights[f"{name}.bias"])

    def attend(query: Tensor, keys: Tensor, name: str) -> Tensor:
        kinds = zip(weights[f"{name}.in_proj_weight"].chunk(3), weights[f"{name}.in_proj_bias"].chunk(3), strict=True)
        (wq, bq), (wk, bk), (wv, bv) = kinds
        size, q, k, v = dim // net.config.num_heads, wq @ query + bq, keys @ wk.T + bk, keys @ wv.T + bv
        heads = [slice(start, start + size) for start in range(0, dim, size)]
        mixed = torch.cat([torch.softmax(k[:, h] @ q[h] / size**0.5, dim=0) @ v[:, h] for h in heads])
        return weights[f"{name}.out_proj.weight"] @ mixed + weights[f"{name}.out_proj.bias"]

    def position(index: int, context: list[Tensor]) -> Tensor:
        layer, x = "decoder.layers.0", queries[index]
        x = x + attend(norm(x, f"{layer}.norm_q"), norm(torch.stack(context), f"{layer}.norm_c"), f"{layer}.self_attn")
        x = x + attend(norm(x, f"{layer}.norm1"), memory, f"{layer}.cross_attn")
        inner = torch.nn.functional.gelu(
            weights[f"{layer}.linear1.weight"] @ norm(x, f"{layer}.norm2") + weights[f"{layer}.linear1.bias"]
        )
        x = x + weights[f"{layer}.linear2.weight"] @ inner + weights[f"{layer}.linear2.bias"]
        return weights["head.weight"] @ norm(x, "decoder.norm") + weights["head.bias"]

    embedding = weights["text_embed.embedding.weight"] * dim**0.5
    context, ids = [embedding[START_ID]], []
    for index in range(net.config.max_chars + 1):
        ids.append(int(position(index, context).argmax()))
        context.append(embedding[ids[-1]] + queries[index])
    known = ids.index(END_ID) if END_ID in ids else len(ids) - 1  # contexts up to the last character
    reread = []
    for index in range(net.config.max_chars + 1):
        others = [c for place, c in enumerate(context[: known + 1]) if place != index + 1]
        reread.append(position(index, others))
    return torch.stack(reread)


@torch.no_grad()
def test_logits_are_those_of_the_plain_formulas() -> None:
    net = tiny_parseq().double()
    images = torch.randn(12, 3, 32, 128, generator=torch.Generator().manual_seed(1)).double()
    logits = net(images)
    expected = torch.stack([read_alone(net, image) for image in images])
    torch.testing.assert_close(logits, expected, rtol=1e-8, atol=1e-8)
    assert len({len(text) for text in decode_words(logits)}) >= 3


@torch.no_grad()
def test_a_reading_does_not_depend_on_its_neighbours_nor_on_training_mode() -> None:
    net = tiny_parseq().double()
    images = torch.randn(6, 3, 32, 128, generator=torch.Generator().manual_seed(1)).double()
    together = net(images)
    for image, row in zip(images, together, strict=True):
        torch.testing.assert_close(net(image[None])[0], row, rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(net.train()(images), together, rtol=1e-8, atol=1e-8)


def test_a_loss_gets_logits_of_a_fixed_length_and_gradients() -> None:
    net = tiny_parseq()
    with torch.no_grad():
        net.head.bias[END_ID] = 100  # every text ends at once
    crops = torch.randn(2, 3, 20, 70, requires_grad=True)
    logits = net(prepare_words(crops), max_chars=5)
    assert logits.shape == (2, 6, 95)
    torch.nn.functional.cross_entropy(logits[:, :4].flatten(0, 1), torch.arange(8) + 1).backward()
    assert crops.grad is not None and bool((crops.grad != 0).any())
    with pytest.raises(ValueError, match="max_chars is 9, allowed are 1 to 8"):
        net(prepare_words(crops), max_chars=9)


def test_words_are_decoded_up_to_their_end() -> None:
    logits = torch.full((2, 3, 95), -1.0)
    for row, ids in enumerate([(37, END_ID, 5), (94, 63, 1)]):
        for place, index in enumerate(ids):
            logits[row, place, index] = 1.0
    assert decode_words(logits) == ["A", "~!0"]
