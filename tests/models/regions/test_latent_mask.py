import pytest
import torch

from models.regions.latent_mask import latent_mask


@pytest.mark.parametrize("offset", range(8))
@pytest.mark.parametrize("vertical", [False, True])
def test_a_one_pixel_line_keeps_its_cells_at_every_offset(offset: int, vertical: bool) -> None:
    mask = torch.zeros(1, 1, 64, 128)
    mask[..., offset, :] = 1
    expected = torch.zeros(1, 1, 16, 32)
    expected[..., offset // 4, :] = 1
    if vertical:
        mask, expected = mask.mT, expected.mT
    assert torch.equal(latent_mask(mask), expected)


def test_bool_masks_are_taken_too() -> None:
    mask = torch.rand(2, 1, 64, 192) > 0.9
    assert torch.equal(latent_mask(mask), latent_mask(mask.float()))


@pytest.mark.parametrize("shape", [(64, 128), (1, 3, 64, 128), (1, 1, 62, 128)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="multiples of 4"):
        latent_mask(torch.zeros(shape))
