"""`TextEditor`: the public door of `models`. uint8 RGB photos in, the same out, and a report of all that was tried."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import torch

from models.checkpoints.crop_store import CropModel
from models.checkpoints.folders import BUILT_IN
from models.checkpoints.store import Model
from models.data.typeset import FaceJudge
from models.pipeline.checking import Check, check, lay_strip, order
from models.pipeline.families import Drawing, Family, Laid, Painting
from models.pipeline.loading import load_family
from models.pipeline.request import (
    Candidate,
    CandidateCallback,
    CharacterMaps,
    EditOptions,
    EditResult,
    EditTarget,
    Image,
    PreviewCallback,
    ProgressCallback,
)
from models.pipeline.scene import Scene, check_target, prepare_scenes
from models.pipeline.snapping import snapped
from models.reading.words import WordReader
from models.regions.composite import changed_outside
from models.regions.quad import Quad


class TextEditor:
    """One loaded model. Not safe for several threads at once."""

    def __init__(self, family: Family) -> None:
        self.family = family

    @classmethod
    def load(cls, path: Path | None = None, *, device: str = "cpu") -> "TextEditor":
        """The model in `path`, or the built-in one, on a device that torch knows. Raises BadModelError."""
        return cls(load_family(path or BUILT_IN, device=device))

    @property
    def model(self) -> Model | CropModel:
        return self.family.model

    @property
    def model_name(self) -> str:
        return self.model.name

    @cached_property
    def reader(self) -> WordReader:
        return WordReader.load()

    @property
    def judge(self) -> FaceJudge:
        """What the model makes of a word's font."""
        return self.family.judge

    @torch.no_grad()
    def reconstruct(self, strip: Image) -> Image:
        """A strip uint8 (64, W, 3) through the autoencoder and back: what no candidate can be better than."""
        return self.family.reconstruct(strip)

    def edit(
        self,
        image: Image,
        target: EditTarget,
        text: str,
        options: EditOptions,
        *,
        progress: ProgressCallback | None = None,
        preview: PreviewCallback | None = None,
        judged: CandidateCallback | None = None,
    ) -> EditResult:
        """Write `text` at `target` in `image`, uint8 (H, W, 3) RGB. "" removes the word.

        Raises BadTextError and BadTargetError; an exception from one of the callbacks cancels and passes through.
        """
        self.family.check_text(text)
        check_target(image, target)
        watched = _Watched(progress or _silent, preview or _unseen, judged or _unjudged)
        # In full float32: with TF32's ten bits a search would choose other noises than on a CPU.
        with torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
            return _Edit(self, image, target, text, options, watched).run()


@dataclass(frozen=True)
class _Watched:
    """Who is told what happens."""

    progress: ProgressCallback
    preview: PreviewCallback
    judged: CandidateCallback


class _Edit:
    """One edit in progress: the clock, the candidates so far."""

    def __init__(
        self,
        editor: TextEditor,
        image: Image,
        target: EditTarget,
        text: str,
        options: EditOptions,
        watched: _Watched,
    ) -> None:
        self.editor, self.image, self.target, self.text = editor, image, target, text
        self.options, self.progress = options, watched.progress
        self.watched = watched
        self.timings_s: dict[str, float] = {}

    @torch.no_grad()
    def run(self) -> EditResult:
        family = self.editor.family
        with self._clock("preparing"):
            place = snapped(self.image, self.target, self.text, self.editor.reader)
            if self.options.feather_px is not None:  # all of the mask is to be repainted
                place = replace(place, mask=self.target.mask)
            self.target = place
            scenes = prepare_scenes(
                self.image,
                self.target,
                self.text,
                self.editor.reader,
                judge=self.editor.judge,
                ranks=self._ranks() if family.draws_over_drafts else range(1),
            )
            paintings = [family.begin(self.image, self.target, scene, self.options) for scene in scenes]
        checks: list[Check] = []
        attempts = 0
        while attempts < (self.options.max_attempts if self.options.verify else 1):
            attempts += 1
            while len(checks) < attempts * self.options.num_candidates:
                scene, painting = scenes[len(checks) % len(scenes)], paintings[len(checks) % len(scenes)]
                count = min(painting.drawings_at_once, attempts * self.options.num_candidates - len(checks))
                for drawing in self._draw(painting, first=len(checks), count=count):
                    index = len(checks)
                    laid = self._lay(painting, drawing, index=index)
                    checks.append(self._check(scene, laid, index=index, kind="model", maps=drawing.maps))
            if any(check.candidate.verified for check in checks):
                break
        if self._needs_typesetting(checks):
            checks.append(self._check(scenes[0], self._typeset(scenes[0]), index=len(checks), kind="typeset"))
        ranked = order(checks)
        best = ranked[0]
        with self._clock("checking"):
            changed = changed_outside(self.image, best.image, self.target.mask)
        return EditResult(
            image=best.image,
            candidates=tuple(check.candidate for check in ranked),
            mask=self.target.mask,
            changed_outside_mask_px=changed,
            text=self.text,
            options=self.options,
            switched_on={
                **paintings[0].switched_on,
                "verify": self.options.verify,
                "typeset_fallback": self.options.fallback == "typeset",
            },
            crops_px=paintings[0].crops_px,
            attempts=attempts,
            timings_s=self.timings_s,
            source_strip=scenes[0].strip,
            images=tuple(check.image for check in ranked),
        )

    def _ranks(self) -> range:
        """Of the faces like the old word's, those that are drawn in."""
        first = self.options.redraw * self.options.num_candidates
        return range(first, first + self.options.num_candidates)

    def _draw(self, painting: Painting, *, first: int, count: int) -> list[Drawing]:
        """Candidates that are drawn together are told of as if one came after the other, so that progress is even."""
        self.progress("searching_noise", first, 0, self.options.sampler.num_inference_steps)
        shown = 0

        def on_step(step: int, total: int) -> None:
            nonlocal shown
            done = step * count
            shown = min(done // total, count - 1)
            self.progress("drawing", first + shown, done - shown * total, total)

        drawings = painting.draw(
            [self.options.seed + first + number for number in range(count)],
            on_step=on_step,
            on_denoised=lambda latents: self.watched.preview(
                lambda: painting.strip(latents[shown]), self.target.quad_px
            ),
        )
        for drawing in drawings:
            for stage, seconds in drawing.timings_s.items():
                self.timings_s[stage] = self.timings_s.get(stage, 0.0) + seconds
        return drawings

    def _lay(self, painting: Painting, drawing: Drawing, *, index: int) -> Laid:
        self.progress("blending", index, 0, 1)
        with self._clock("blending"):
            return painting.lay(drawing.latents)

    def _typeset(self, scene: Scene) -> Laid:
        strip, feather_px = scene.draft.strip, self.options.feather_px
        return Laid(lay_strip(self.image, self.target.mask, scene, strip, feather_px=feather_px), strip)

    def _check(
        self,
        scene: Scene,
        laid: Laid,
        *,
        index: int,
        kind: Literal["model", "typeset"],
        maps: CharacterMaps | None = None,
    ) -> Check:
        self.progress("checking", index, 0, 1)
        with self._clock("checking"):
            checked = check(
                laid.image,
                scene,
                laid.strip,
                reader=self.editor.reader if self.options.verify else None,
                index=index,
                kind=kind,
                seed=self.options.seed + index,
                maps=maps,
            )
        self.watched.judged(checked.candidate)
        return checked

    def _needs_typesetting(self, checks: list[Check]) -> bool:
        wanted = self.options.verify and self.options.fallback == "typeset"
        return wanted and not any(check.candidate.verified for check in checks)

    @contextmanager
    def _clock(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.timings_s[stage] = self.timings_s.get(stage, 0.0) + time.perf_counter() - started


def _unseen(draw: Callable[[], Image], quad_px: Quad) -> None:
    del draw, quad_px


def _unjudged(candidate: Candidate) -> None:
    del candidate


def _silent(stage: str, candidate: int | None, step: int, total: int) -> None:
    del stage, candidate, step, total
