"""`TextEditor`: the public door of `models`. uint8 RGB photos in, the same out, and a report of all that was tried."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import torch

from models.checkpoints.folders import BUILT_IN
from models.checkpoints.store import Model, load_model
from models.data.opinions import opinion_of
from models.data.typeset import FaceJudge
from models.diffusion.scalings import EdmScalings
from models.pipeline.checking import Check, check_strip, order
from models.pipeline.drawing import Drawing, Sampler, nearer_to_draft, to_strip
from models.pipeline.request import (
    Candidate,
    CandidateCallback,
    EditOptions,
    EditResult,
    EditTarget,
    Image,
    PreviewCallback,
    ProgressCallback,
)
from models.pipeline.scene import Scene, check_target, check_text, make_condition, prepare_scenes, strip_latents
from models.reading.words import WordReader
from models.regions.composite import changed_outside


class TextEditor:
    """One loaded model. Not safe for several threads at once."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.scalings = EdmScalings(model.config.sigma_data)

    @classmethod
    def load(cls, path: Path | None = None, *, device: str = "cpu") -> "TextEditor":
        """The model in `path`, or the built-in one, on a device that torch knows. Raises BadModelError."""
        return cls(load_model(path or BUILT_IN, device=device))

    @property
    def model_name(self) -> str:
        return self.model.name

    @cached_property
    def reader(self) -> WordReader:
        return WordReader.load()

    @property
    def judge(self) -> FaceJudge:
        """What the model makes of a word's font."""
        return partial(opinion_of, matcher=self.model.face_matcher)

    @torch.no_grad()
    def reconstruct(self, strip: Image) -> Image:
        """A strip uint8 (64, W, 3) through the autoencoder and back: what no candidate can be better than."""
        return to_strip(self.model.autoencoder.decode(strip_latents(strip, self.model.autoencoder)))

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
        check_text(text)
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
        with self._clock("preparing"):
            scenes = prepare_scenes(
                self.image,
                self.target,
                self.text,
                self.editor.reader,
                judge=self.editor.judge,
                count=self.options.num_candidates,
            )
            latents = strip_latents(scenes[0].strip, self.editor.model.autoencoder)
            samplers = [self._sampler(scene) for scene in scenes]
        checks: list[Check] = []
        attempts = 0
        while attempts < (self.options.max_attempts if self.options.verify else 1):
            attempts += 1
            for _ in range(self.options.num_candidates):
                index = len(checks)
                scene = scenes[index % len(scenes)]
                drawing = self._draw(scene, samplers[index % len(scenes)], latents, index=index)
                checks.append(self._check(scene, drawing, index=index))
            if any(check.candidate.verified for check in checks):
                break
        if self._needs_typesetting(checks):
            checks.append(self._check_strip(scenes[0], scenes[0].draft.strip, index=len(checks), kind="typeset"))
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
            switched_on=self._switched_on(),
            attempts=attempts,
            timings_s=self.timings_s,
            source_strip=scenes[0].strip,
            images=tuple(check.image for check in ranked),
        )

    def _sampler(self, scene: Scene) -> Sampler:
        condition = make_condition(scene, self.editor.model.autoencoder)
        return Sampler(self.editor.model.net, self.editor.scalings, self.options.sampler, condition)

    def _draw(self, scene: Scene, sampler: Sampler, latents: torch.Tensor, *, index: int) -> Drawing:
        self.progress("searching_noise", index, 0, self.options.sampler.num_inference_steps)
        drawing = sampler.draw(
            scene,
            latents,
            seed=self.options.seed + index,
            on_step=lambda step, total: self.progress("drawing", index, step, total),
            on_denoised=lambda latents: self.watched.preview(lambda: self._strip(scene, latents)),
        )
        for stage, seconds in drawing.timings_s.items():
            self.timings_s[stage] = self.timings_s.get(stage, 0.0) + seconds
        return drawing

    def _check(self, scene: Scene, drawing: Drawing, *, index: int) -> Check:
        self.progress("blending", index, 0, 1)
        with self._clock("blending"):
            strip = self._strip(scene, drawing.latents)
        check = self._check_strip(scene, strip, index=index, kind="model")
        return replace(check, candidate=replace(check.candidate, maps=drawing.maps))

    def _strip(self, scene: Scene, latents: torch.Tensor) -> Image:
        """What the network drew, as far as it is trusted to depart from its draft."""
        drawn = to_strip(self.editor.model.autoencoder.decode(latents))
        return nearer_to_draft(drawn, scene.draft.strip, self.options.sampler.residual_scale)

    def _check_strip(self, scene: Scene, strip: Image, *, index: int, kind: str) -> Check:
        self.progress("checking", index, 0, 1)
        with self._clock("checking"):
            check = check_strip(
                self.image,
                self.target.mask,
                scene,
                strip,
                reader=self.editor.reader if self.options.verify else None,
                index=index,
                kind="typeset" if kind == "typeset" else "model",
                seed=self.options.seed + index,
                feather_px=self.options.feather_px,
            )
        self.watched.judged(check.candidate)
        return check

    def _needs_typesetting(self, checks: list[Check]) -> bool:
        wanted = self.options.verify and self.options.fallback == "typeset"
        return wanted and not any(check.candidate.verified for check in checks)

    def _switched_on(self) -> dict[str, bool]:
        sampler = self.options.sampler
        return {
            "noise_search": sampler.search_candidates > 1 and bool(self.text),
            "refinement": sampler.refine and bool(self.text),
            "blending": sampler.blend,
            "guidance": sampler.guidance_scale != 1,
            "verify": self.options.verify,
            "typeset_fallback": self.options.fallback == "typeset",
        }

    @contextmanager
    def _clock(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.timings_s[stage] = self.timings_s.get(stage, 0.0) + time.perf_counter() - started


def _unseen(draw: Callable[[], Image]) -> None:
    del draw


def _unjudged(candidate: Candidate) -> None:
    del candidate


def _silent(stage: str, candidate: int | None, step: int, total: int) -> None:
    del stage, candidate, step, total
