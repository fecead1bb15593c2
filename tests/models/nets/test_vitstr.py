"""Claims about ViTSTR: the published layout at full size, the plain formulas at a tiny one."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from models.config import VisionTransformerConfig
from models.nets.vision_transformer import VisionTransformer
from models.nets.vitstr import Vitstr, prepare_gray
from tests.models.nets.published_readers import TINY_VITSTR


def formulas(weights: dict[str, Tensor], image: Tensor, config: VisionTransformerConfig) -> Tensor:
    """One picture (C, H, W) → (P, D), patch by patch and head by head."""

    def linear(x: Tensor, name: str) -> Tensor:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(x: Tensor, name: str) -> Tensor:
        centred = x - x.mean(-1, keepdim=True)
        spread = (centred.square().mean(-1, keepdim=True) + 1e-6).sqrt()
        return centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    (height, width), (high, wide) = config.image_hw, config.patch_hw
    kernel = weights["patch_embed.proj.weight"].flatten(1)  # (D, C·h·w)
    patches = [
        kernel @ image[:, top : top + high, left : left + wide].flatten() + weights["patch_embed.proj.bias"]
        for top in range(0, height, high)
        for left in range(0, width, wide)
    ]
    first = [weights["cls_token"][0, 0]] if config.class_token else []
    x = torch.stack(first + patches) + weights["pos_embed"][0]
    size = config.dim // config.num_heads
    for layer in range(config.num_layers):
        block = f"blocks.{layer}"
        q, k, v = linear(norm(x, f"{block}.norm1"), f"{block}.attn.qkv").chunk(3, dim=-1)
        heads = [slice(head * size, (head + 1) * size) for head in range(config.num_heads)]
        mixed = [torch.softmax(q[:, h] @ k[:, h].T / size**0.5, dim=-1) @ v[:, h] for h in heads]
        x = x + linear(torch.cat(mixed, dim=-1), f"{block}.attn.proj")
        hidden = linear(norm(x, f"{block}.norm2"), f"{block}.mlp.fc1")
        x = x + linear(0.5 * hidden * (1 + torch.erf(hidden / 2**0.5)), f"{block}.mlp.fc2")
    return norm(x, "norm")


def test_full_size_has_the_published_tensors() -> None:
    with torch.device("meta"):
        net = Vitstr()
    shapes = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
    blocks = {name.split(".", 2)[2] for name in shapes if name.startswith("blocks.")}
    parts = ["norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"]
    assert blocks == {f"{part}.{kind}" for part in parts for kind in ("weight", "bias")}
    outside = {"cls_token", "pos_embed", "patch_embed.proj.weight", "patch_embed.proj.bias", "norm.weight", "norm.bias"}
    assert {name for name in shapes if not name.startswith("blocks.")} == outside and len(shapes) == 150
    assert shapes["pos_embed"] == (1, 197, 768) and shapes["patch_embed.proj.weight"] == (768, 1, 16, 16)
    assert shapes["blocks.11.attn.qkv.weight"] == (2304, 768) and shapes["blocks.0.mlp.fc1.weight"] == (3072, 768)


@pytest.mark.parametrize("class_token", [True, False])
def test_features_are_those_of_the_plain_formulas(class_token: bool) -> None:
    config = VisionTransformerConfig((8, 24), (4, 8), 2, 12, 3, 2, class_token=class_token)
    torch.manual_seed(0)
    net = VisionTransformer(config)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    images = torch.randn(2, 2, 8, 24)
    with torch.no_grad():
        expected = torch.stack([formulas(dict(net.named_parameters()), image, config) for image in images])
        torch.testing.assert_close(net(images), expected, rtol=1e-4, atol=1e-4)


def test_pictures_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 3, 16, 16\), the network takes \(B, 1, 16, 16\)"):
        Vitstr(TINY_VITSTR)(torch.zeros(1, 3, 16, 16))


def test_crops_become_gray_and_are_squashed() -> None:
    crop = torch.tensor([1.0, 0.5, 0.0])[None, :, None, None].expand(1, 3, 30, 90)
    gray = prepare_gray(crop)
    assert gray.shape == (1, 1, 224, 224)
    torch.testing.assert_close(gray, torch.full_like(gray, 0.2989 + 0.587 / 2))
    steps = torch.rand(1, 3, 30, 90, generator=torch.Generator().manual_seed(0), requires_grad=True)
    smaller = prepare_gray(steps, (15, 45))
    assert F.l1_loss(smaller.mean(), prepare_gray(steps, (30, 90)).mean()) < 0.01
    smaller.sum().backward()
    assert steps.grad is not None and bool((steps.grad != 0).all())
