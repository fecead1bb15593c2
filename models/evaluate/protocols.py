"""Editing pairs whose true result is known, through the public door, and what every edit is compared with.

Knows the door and the generator; draws nothing and writes no files. A fixed seed makes a fixed list of items.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from models.config import SamplerConfig
from models.data.assets import Assets
from models.data.scenes import Pair, SceneSampler
from models.errors import ModelsError
from models.evaluate.metrics import Image
from models.evaluate.outcomes import Drawn, Subject
from models.evaluate.paste import glyph_paste
from models.pipeline.request import EditOptions, EditResult, EditTarget, ProgressCallback
from models.regions.composite import changed_outside
from models.regions.quad import Quad, quad_from_box
from models.regions.strip import strip_frame

BEST_OF = 4

_SEEDS_PER_ITEM = 1000

Progress = Callable[[str, int, int], None]
"""(what is being done, items done, items in all)"""


class Editor(Protocol):
    """What is evaluated: the public door, `models.pipeline.TextEditor`."""

    @property
    def model_name(self) -> str: ...

    def edit(
        self,
        image: Image,
        target: EditTarget,
        text: str,
        options: EditOptions,
        *,
        progress: ProgressCallback | None = None,
    ) -> EditResult: ...

    def reconstruct(self, strip: Image) -> Image:
        """A strip (64, W, 3) after the autoencoder alone."""
        ...


def synthetic_pairs(assets: Assets, count: int, *, seed: int) -> list[Pair]:
    """The first `count` fit pairs of the list that `assets` and `seed` stand for.

    Fit: the new word isn't the old one, and the door's own strip of the pair is the pair's picture itself.
    """
    sampler = SceneSampler(assets, removal_share=0.0)
    pairs: list[Pair] = []
    index = 0
    while len(pairs) < count:
        pair = sampler.sample(np.random.default_rng((seed, index)))
        index += 1
        own_strip = strip_frame(quad_of(pair)).width_px == pair.source.shape[1]
        if own_strip and pair.target_text.strip() and pair.target_text != pair.source_text:
            pairs.append(pair)
    return pairs


def quad_of(pair: Pair) -> Quad:
    """The text box as the door takes it."""
    x0, y0, x1, y1 = pair.text_box
    return quad_from_box(x0, y0, x1 - x0, y1 - y0)


def subject_of(pair: Pair) -> Subject:
    """The pair as drawings are measured against it."""
    return Subject(
        text=pair.target_text,
        given=pair.source,
        source=pair.source,
        mask=pair.mask,
        true=pair.target,
        box=pair.text_box,
        true_strokes=pair.labels > 0,
    )


def single_shot(seed: int, index: int, sampler: SamplerConfig) -> EditOptions:
    """One drawing, nothing read back."""
    return EditOptions(
        seed=seed + index * _SEEDS_PER_ITEM,
        num_candidates=1,
        max_attempts=1,
        verify=False,
        fallback="none",
        sampler=sampler,
    )


def best_of(seed: int, index: int, sampler: SamplerConfig) -> EditOptions:
    """The best of `BEST_OF` drawings by the door's own read-back; no further attempts, nothing typeset."""
    return EditOptions(
        seed=seed + index * _SEEDS_PER_ITEM,
        num_candidates=BEST_OF,
        max_attempts=1,
        verify=True,
        fallback="none",
        sampler=sampler,
    )


def draft_only(seed: int, index: int, sampler: SamplerConfig) -> EditOptions:
    """The draft that the network draws over, as the fallback offers it: nothing of the network's change is kept."""
    return single_shot(seed, index, replace(sampler, residual_scale=0.0, search_candidates=1, refine=False))


def edit_item(editor: Editor, image: Image, target: EditTarget, text: str, options: EditOptions) -> Drawn:
    """One edit through the door, timed; a refusal leaves the picture as it was."""
    return edit_both(editor, image, target, text, options)[1]


def edit_both(editor: Editor, image: Image, target: EditTarget, text: str, options: EditOptions) -> tuple[Drawn, Drawn]:
    """(the first candidate, the best one) of one edit. The first has the bytes that a single shot would have."""
    started = time.perf_counter()
    try:
        result = editor.edit(image, target, text, options)
    except ModelsError as error:
        refused = Drawn(image, time.perf_counter() - started, refused=error.code)
        return refused, refused
    seconds = time.perf_counter() - started
    best = Drawn(
        result.image,
        seconds,
        changed_outside_mask_px=result.changed_outside_mask_px,
        verified=result.best.verified if options.verify else None,
    )
    place = next(place for place, candidate in enumerate(result.candidates) if candidate.index == 0)
    first = result.images[place]
    outside = changed_outside(image, first, target.mask)
    verified = result.candidates[place].verified if options.verify else None
    return Drawn(first, changed_outside_mask_px=outside, verified=verified), best


def edit_pair(editor: Editor, pair: Pair, options: EditOptions) -> Drawn:
    """The pair's old word turned into its new one."""
    return edit_item(editor, pair.source, pair_target(pair), pair.target_text, options)


def pair_target(pair: Pair) -> EditTarget:
    """The pair's place, its old word known."""
    return EditTarget(quad_px=quad_of(pair), mask=pair.mask, old_text=pair.source_text)


def draw_methods(
    editor: Editor, pairs: Sequence[Pair], *, seed: int, sampler: SamplerConfig, progress: Progress | None = None
) -> dict[str, list[Drawn]]:
    """Every method's drawings of every pair, by method.

    `typeset` is the draft alone; `target` the true picture, the ceiling; `old_word` leaves everything as it was;
    `reconstruction` is the true picture after the autoencoder alone.
    """
    names = ("single", "best_of_4", "typeset", "paste", "old_word", "reconstruction", "target")
    drawn: dict[str, list[Drawn]] = {name: [] for name in names}
    for index, pair in enumerate(pairs):
        options = best_of(seed, index, sampler)
        single, best = edit_both(editor, pair.source, pair_target(pair), pair.target_text, options)
        drawn["single"].append(single)
        drawn["best_of_4"].append(best)
        drawn["typeset"].append(edit_pair(editor, pair, draft_only(seed, index, sampler)))
        drawn["paste"].append(Drawn(glyph_paste(pair.source, pair.mask, pair.text_box, pair.target_text)))
        drawn["old_word"].append(Drawn(pair.source))
        drawn["reconstruction"].append(Drawn(editor.reconstruct(pair.target)))
        drawn["target"].append(Drawn(pair.target))
        if progress is not None:
            progress("synthetic pairs", index + 1, len(pairs))
    return drawn
