"""Which family a model folder belongs to, by the format in its index. The only file that knows them all."""

from pathlib import Path

from models.checkpoints import crop_store, store
from models.checkpoints.index import read_index
from models.pipeline.crop_family import CropFamily
from models.pipeline.families import Family
from models.pipeline.strip_family import StripFamily


def load_family(folder: Path, *, device: str) -> Family:
    """The model in `folder`, loaded. Raises BadModelError for a folder that is none of the families'."""
    index = read_index(folder, store.FORMAT, crop_store.FORMAT)
    if index["format"] == crop_store.FORMAT:
        return CropFamily(crop_store.load_crop_model(folder, device=device))
    return StripFamily(store.load_model(folder, device=device))
