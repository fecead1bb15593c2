"""What a run says of itself: log.jsonl, TensorBoard and pictures. Only the main process writes."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch.utils.tensorboard import SummaryWriter

logger = logging.getLogger(__name__)

LOG_NAME = "log.jsonl"


class RunLog:
    """The log of the run in `folder`, from `step` on: what a killed run wrote after its last checkpoint is dropped."""

    def __init__(self, folder: Path, *, step: int) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / LOG_NAME
        if path.is_file():
            # A killed run's last line may be half a line; it is past the checkpoint in any case.
            rows = [row for row in path.read_text().splitlines() if row.endswith("}")]
            kept = path.with_suffix(".unfinished")
            kept.write_text("".join(f"{row}\n" for row in rows if json.loads(row)["step"] <= step))
            kept.replace(path)
        self.writer = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)

    def figures(self, step: int, values: Mapping[str, float]) -> None:
        with (self.folder / LOG_NAME).open("a") as log:
            log.write(json.dumps({"step": step, **values}) + "\n")
        for name, value in values.items():
            self.writer.add_scalar(name, value, step)
        logger.info("step %d  %s", step, "  ".join(f"{name} {value:.4g}" for name, value in values.items()))

    def picture(self, step: int, picture: NDArray[np.uint8]) -> None:
        """uint8 (H, W, 3), as pictures/step-….png and in TensorBoard."""
        (self.folder / "pictures").mkdir(exist_ok=True)
        Image.fromarray(picture).save(self.folder / "pictures" / f"step-{step:08d}.png")
        self.writer.add_image("samples", picture, step, dataformats="HWC")

    def close(self) -> None:
        self.writer.close()


def read_log(folder: Path) -> list[dict[str, float]]:
    """The rows of a run's log."""
    return [json.loads(row) for row in (folder / LOG_NAME).read_text().splitlines()]
