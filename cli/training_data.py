"""What models on crops are trained with: our own generator, a published data set, or shards of either."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import BadDataError
from worker.errors import BadOutputError

if TYPE_CHECKING:
    from models.config import CropModelConfig
    from models.data.crop_archives import ShardedCrops
    from models.data.crop_batches import CropSeries
    from models.data.published.opening import DatasetName


class TrainingData(StrEnum):
    """Where samples come from."""

    GENERATOR = "generator"
    SYNTHTEXT = "synthtext"
    LAION_OCR = "laion-ocr"
    TEXTSEG = "textseg"
    ICDAR13 = "icdar13"
    SHARDS = "shards"


_PUBLISHED: "dict[TrainingData, DatasetName]" = {
    TrainingData.SYNTHTEXT: "synthtext",
    TrainingData.LAION_OCR: "laion-ocr",
    TrainingData.TEXTSEG: "textseg",
    TrainingData.ICDAR13: "icdar13",
}


def open_series(
    dataset: TrainingData, data: Path | None, config: "CropModelConfig", *, assets: Path, seed: int
) -> "CropSeries":
    """Endless samples of the model's size. Raises BadDataError for a folder that doesn't hold what was said."""
    if dataset is TrainingData.GENERATOR:
        if data is not None:
            raise BadOutputError("--data is the folder of a published data set or of shards: say which by --dataset")
        return _generated(config, assets, seed)
    if data is None:
        raise BadOutputError(f"--dataset {dataset.value} needs its folder, --data")
    from models.data.crop_batches import ShuffledCrops

    if dataset not in _PUBLISHED:
        return ShuffledCrops(_sharded(data, config.crop_size_px), seed=seed)
    from models.data.published.opening import open_dataset
    from models.data.published.source import SkippedError

    samples = open_dataset(_PUBLISHED[dataset], data, split="train", crop_size_px=config.crop_size_px)
    if not len(samples):
        raise BadDataError(f"no word of {data} can be used. " + "; ".join(samples.report.lines()))
    return ShuffledCrops(samples, seed=seed, skips=(SkippedError,))


def _generated(config: "CropModelConfig", assets: Path, seed: int) -> "CropSeries":
    from models.data import assets as asset_store
    from models.data.crop_batches import GeneratedCrops
    from models.data.crop_scenes import CropSceneSampler

    fonts = asset_store.load(assets, "train")
    sampler = CropSceneSampler(fonts, size_px=config.crop_size_px, max_chars=config.char_encoder.max_chars)
    return GeneratedCrops(sampler, seed=seed)


def _sharded(data: Path, size_px: int) -> "ShardedCrops":
    from models.data.crop_archives import ShardedCrops
    from models.data.crop_shards import decode_sample

    shards = sorted(data.glob("*.tar"))
    if not shards:
        raise BadDataError(f"shards are *.tar, as write_crop_shards leaves them; there are none in {data}")
    samples = ShardedCrops(shards, decode_sample)
    if (found := samples[0].image.shape[0]) != size_px:
        raise BadDataError(f"the shards in {data} hold crops of {found} px, the model takes {size_px}")
    return samples
