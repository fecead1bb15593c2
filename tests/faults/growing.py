"""`python -m tests.faults.growing`: a worker that holds 1 GiB more after each edit. The rest is `worker.main`."""

import sys

import numpy as np

from worker import logs
from worker.contract import EditRequest
from worker.fake import FakePainter
from worker.main import run
from worker.painter import Image, Painted, Watcher
from worker.settings import Settings
from worker.targets import Target


class GrowingPainter(FakePainter):
    def __init__(self) -> None:
        super().__init__(3, step_ms=5)
        self.kept: list[np.ndarray] = []

    def paint(self, image: Image, target: Target, text: str, request: EditRequest, watcher: Watcher) -> Painted:
        self.kept.append(np.ones(2**30, np.uint8))
        return super().paint(image, target, text, request, watcher)


if __name__ == "__main__":
    logs.configure()
    sys.exit(run(Settings.from_env(), GrowingPainter()))
