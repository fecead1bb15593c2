"""The published data sets by name."""

from pathlib import Path
from typing import Literal

from models.data.published.dataset import CROP_SIZE_PX, PublishedDataset
from models.data.published.icdar13 import Icdar13
from models.data.published.laion_ocr import LaionOcr
from models.data.published.source import Source
from models.data.published.synthtext import SynthText
from models.data.published.textseg import TextSeg

DatasetName = Literal["icdar13", "textseg", "synthtext", "laion-ocr"]
Split = Literal["train", "val"]


def open_dataset(name: DatasetName, root: Path, *, split: Split, crop_size_px: int = CROP_SIZE_PX) -> PublishedDataset:
    """The data set in the folder `root`, its annotations read. SynthText has no splits: it is given whole.

    Raises BadDataError for a folder that isn't laid out as it was published.
    """
    source: Source
    match name:
        case "icdar13":
            source = Icdar13(root, split)
        case "textseg":
            source = TextSeg(root, split)
        case "synthtext":
            source = SynthText(root)
        case "laion-ocr":
            source = LaionOcr(root, split)
    return PublishedDataset(source, crop_size_px=crop_size_px)
