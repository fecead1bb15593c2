"""Claims about the start of the crop family's autoencoder."""

import pytest
import torch
from torch.nn import functional as F

from models.config import CropAutoencoderConfig
from models.nets.crop_net import build_crop_autoencoder
from models.train.crop_autoencoder import divergence, start_as_averages
from models.train.crop_sizes import TINY


@pytest.mark.parametrize("widths", [(16, 32), (16, 16, 32)])
def test_it_begins_with_the_mean_colour_of_each_cell(widths: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    autoencoder = build_crop_autoencoder(CropAutoencoderConfig(block_out_channels=widths, norm_num_groups=4))
    start_as_averages(autoencoder)
    pictures = F.interpolate(torch.rand(2, 3, 4, 4) * 1.6 - 0.8, size=(32, 32), mode="bilinear")
    cell = 2 ** (len(widths) - 1)
    with torch.no_grad():
        latents = autoencoder.encode(pictures).latent_dist
        decoded = autoencoder.decode(latents.mean).sample
    means = F.avg_pool2d(pictures, cell)
    assert (latents.mean[:, :3] - means).abs().mean() < 0.03 and latents.std.max() < 0.06
    assert (decoded - F.interpolate(means, scale_factor=cell)).abs().mean() < 0.06


def test_widths_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="no multiples of 4"):
        start_as_averages(build_crop_autoencoder(CropAutoencoderConfig(block_out_channels=(16, 32), norm_num_groups=8)))
    assert TINY.autoencoder.latent_factor == 2


def test_divergence_is_what_it_is_by_hand() -> None:
    assert divergence(torch.tensor(0.0), torch.tensor(0.0)) == 0
    assert divergence(torch.tensor(2.0), torch.tensor(0.0)).item() == pytest.approx(2.0)
    assert divergence(torch.tensor(0.0), torch.tensor(1.0)).item() == pytest.approx((torch.e - 2) / 2)
