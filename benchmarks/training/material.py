"""What the scaled-down training is fed with: the bundled typefaces, some of them held out. Needs no packages."""

import json
from pathlib import Path

from models.data import assets as asset_store
from models.data.crop_batches import GeneratedCrops
from models.data.crop_scenes import CropSceneSampler
from models.train.crop_sizes import TINY

TRAIN_SEED, HELD_OUT_SEED = 1, 2


def write_assets(folder: Path) -> Path:
    """A folder as `respell assets` makes it, of the bundled faces."""
    bundled = asset_store.bundled()
    (folder / "photos").mkdir(parents=True)
    (folder / "fonts").symlink_to(next(iter(bundled.fonts.values()))[0].parent, target_is_directory=True)
    families = {name: [path.name for path in paths] for name, paths in bundled.fonts.items()}
    (folder / "index.json").write_text(json.dumps({"families": families, "photos": []}))
    (folder / "words.txt").write_text("\n".join(bundled.words))
    return folder


def crops_of(assets: Path, split: asset_store.Split) -> GeneratedCrops:
    """The tiny model's samples in one split's faces."""
    sampler = CropSceneSampler(
        asset_store.load(assets, split), size_px=TINY.crop_size_px, max_chars=TINY.char_encoder.max_chars
    )
    return GeneratedCrops(sampler, seed=TRAIN_SEED if split == "train" else HELD_OUT_SEED)
