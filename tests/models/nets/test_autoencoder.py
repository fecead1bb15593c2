import torch

from models.config import AutoencoderConfig
from models.nets.autoencoder import Autoencoder, dct_patch_basis

TINY = AutoencoderConfig(channels=16, fine_channels=8, num_blocks=1)


def smooth_pictures(count: int) -> torch.Tensor:
    torch.manual_seed(0)
    coarse = torch.rand(count, 3, 4, 8) * 2 - 1
    return torch.nn.functional.interpolate(coarse, size=(64, 128), mode="bicubic").clamp(-1, 1)


def test_untrained_it_is_a_small_jpeg() -> None:
    pictures = smooth_pictures(4)
    autoencoder = Autoencoder(TINY)
    error = (autoencoder.decode(autoencoder.encode(pictures)) - pictures).abs().mean()
    assert error < 0.06  # eight numbers for forty-eight; the chromas of the noise are lost
    flat = torch.full((1, 3, 64, 128), 0.3)
    assert torch.allclose(autoencoder.decode(autoencoder.encode(flat)), flat, atol=1e-4)


def test_basis_separates_luma_from_chroma() -> None:
    basis = dct_patch_basis(8)
    grey = torch.ones(3, 4, 4).flatten()
    assert torch.allclose((basis @ grey)[1:], torch.zeros(7), atol=1e-5)
    assert torch.linalg.matrix_rank(basis) == 8


def test_normalised_latents_have_zero_mean_and_unit_variance_and_decode_as_before() -> None:
    pictures = smooth_pictures(8)
    autoencoder = Autoencoder(TINY)
    before = autoencoder.decode(autoencoder.encode(pictures))
    autoencoder.normalise_latents(pictures)
    latents = autoencoder.encode(pictures)
    assert torch.allclose(latents.mean(dim=(0, 2, 3)), torch.zeros(8), atol=1e-4)
    assert torch.allclose(latents.std(dim=(0, 2, 3)), torch.ones(8), atol=1e-3)
    assert torch.allclose(autoencoder.decode(latents), before, atol=1e-4)


def test_a_far_change_leaves_latents_alone() -> None:
    pictures = smooth_pictures(1)
    changed = pictures.clone()
    changed[..., 100:] = 1.0
    autoencoder = Autoencoder(AutoencoderConfig())
    difference = (autoencoder.encode(pictures) - autoencoder.encode(changed)).abs().amax(dim=(0, 1, 2))
    assert difference[:15].max() == 0 and difference[25:].max() > 0
