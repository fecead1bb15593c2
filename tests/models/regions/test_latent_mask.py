import pytest
import torch

from models.regions.latent_mask import latent_mask, resized_latent_mask


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


def test_resized_masks_are_those_of_the_published_dialects() -> None:
    mask = torch.zeros(1, 1, 32, 32)
    mask[..., 4:20, 8:12] = 1  # from the middle of a cell's rows to the middle of another's; half a cell wide
    nearest, bilinear = (resized_latent_mask(mask, 8, mode) for mode in ("nearest", "bilinear"))
    assert nearest[0, 0, :, 1].tolist() == [0, 1, 1, 0]  # the first pixel of each cell
    assert bilinear[0, 0, :, 1].tolist() == [0.25, 0.5, 0.25, 0]  # the mean of its middle four pixels
    assert not nearest[0, 0, :, [0, 2, 3]].any() and not bilinear[0, 0, :, [0, 2, 3]].any()
