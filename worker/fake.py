"""A model that draws nothing: it sleeps, step by step, and gives the photo back.

For benchmarks of the queue and tests of faults, where the model isn't the point; chosen by RESPELL_FAKE_MODEL_STEPS.
"""

import string
import time
from functools import cached_property
from typing import TYPE_CHECKING

from worker.contract import EditRequest, ModelFacts
from worker.painter import Drawn, Image, Judged, Painted, Watcher
from worker.targets import Target

if TYPE_CHECKING:
    from models.reading.words import Word, WordReader


class FakePainter:
    """One candidate a word, `num_steps` × `step_ms`, whatever the request's options say."""

    model_name = "fake"
    device = "cpu"
    facts = ModelFacts(name="fake", charset=string.printable.strip() + " ", max_chars=200, min_char_height_px=1.0)

    def __init__(self, num_steps: int, *, step_ms: float) -> None:
        self.num_steps, self.step_s = num_steps, step_ms / 1000

    def find(self, image: Image) -> "list[Word]":
        """Finding words isn't what is faked."""
        return self._reader.find(image)

    def find_lines(self, image: Image) -> "list[Word]":
        return self._reader.find(image, min_confidence=0.0)

    @cached_property
    def _reader(self) -> "WordReader":
        from models.reading.words import WordReader

        return WordReader.load()

    def check_text(self, text: str) -> None:
        """Nothing is written, so anything can be."""

    def paint(self, image: Image, target: Target, text: str, request: EditRequest, watcher: Watcher) -> Painted:
        """Shows what stands at the target now as its previews."""
        del text
        started = time.perf_counter()
        (x0, y0), (x1, y1) = target.quad_px.min(axis=0).astype(int).clip(0), target.quad_px.max(axis=0).astype(int)
        watcher.progress("searching_noise", 0, 0, self.num_steps)
        for step in range(self.num_steps):
            watcher.progress("drawing", 0, step, self.num_steps)
            watcher.preview(lambda: image[y0:y1, x0:x1], target.quad_px)
            time.sleep(self.step_s)
        watcher.progress("blending", 0, 0, 1)
        watcher.progress("checking", 0, 0, 1)
        judged = Judged(
            index=0,
            kind="model",
            seed=request.seed or 0,
            ocr_text=None,
            score=0.0,
            verified=False,
            char_errors=None,
        )
        watcher.judged(judged)
        return Painted((Drawn(judged, image),), {"drawing": time.perf_counter() - started})
