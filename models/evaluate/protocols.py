"""Editing pairs whose true result is known, through the public door, and what every edit is compared with.

Knows the door and the generator; draws nothing and writes no files. A fixed seed makes a fixed list of items.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from models.config import SamplerConfig
from models.data.assets import Assets
from models.data.scenes import Pair, SceneSampler
from models.data.typeset import FaceJudge, typeset
from models.errors import ModelsError
from models.evaluate import metrics
from models.evaluate.metrics import Box, Image
from models.evaluate.paste import glyph_paste
from models.evaluate.protocols_reading import Readers, text_crop
from models.pipeline.request import EditOptions, EditResult, EditTarget, ProgressCallback
from models.reading.ranking import StyleDistance, style_distance
from models.regions.ink import estimate_ink
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

    @property
    def judge(self) -> FaceJudge: ...

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


@dataclass(frozen=True)
class Drawn:
    """What one method made of one item. `picture` uint8 (H, W, 3); `refused` the code of the door's refusal."""

    picture: Image = field(repr=False)
    seconds: float = 0.0
    refused: str | None = None
    changed_outside_mask_px: int = 0


@dataclass(frozen=True)
class Outcome:
    """A drawing measured against the true picture inside the text box. `texts` are by reader."""

    drawn: Drawn
    texts: dict[str, str]
    ssim: float
    psnr_db: float
    style: StyleDistance


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


def edit_item(editor: Editor, image: Image, target: EditTarget, text: str, options: EditOptions) -> Drawn:
    """One edit through the door, timed; a refusal leaves the picture as it was."""
    started = time.perf_counter()
    try:
        result = editor.edit(image, target, text, options)
    except ModelsError as error:
        return Drawn(image, time.perf_counter() - started, refused=error.code)
    seconds = time.perf_counter() - started
    return Drawn(result.image, seconds, changed_outside_mask_px=result.changed_outside_mask_px)


def edit_pair(editor: Editor, pair: Pair, options: EditOptions) -> Drawn:
    """The pair's old word turned into its new one."""
    target = EditTarget(quad_px=quad_of(pair), mask=pair.mask, old_text=pair.source_text)
    return edit_item(editor, pair.source, target, pair.target_text, options)


def draw_methods(
    editor: Editor, pairs: Sequence[Pair], *, seed: int, sampler: SamplerConfig, progress: Progress | None = None
) -> dict[str, list[Drawn]]:
    """Every method's drawings of every pair, by method.

    `target` is the true picture, the ceiling; `old_word` leaves everything as it was; `reconstruction` is the true
    picture after the autoencoder alone.
    """
    names = ("single", "best_of_4", "typeset", "paste", "old_word", "reconstruction", "target")
    drawn: dict[str, list[Drawn]] = {name: [] for name in names}
    for index, pair in enumerate(pairs):
        drawn["single"].append(edit_pair(editor, pair, single_shot(seed, index, sampler)))
        drawn["best_of_4"].append(edit_pair(editor, pair, best_of(seed, index, sampler)))
        drawn["typeset"].append(Drawn(_typeset(editor, pair)))
        drawn["paste"].append(Drawn(glyph_paste(pair.source, pair.mask, pair.text_box, pair.target_text)))
        drawn["old_word"].append(Drawn(pair.source))
        drawn["reconstruction"].append(Drawn(editor.reconstruct(pair.target)))
        drawn["target"].append(Drawn(pair.target))
        if progress is not None:
            progress("synthetic pairs", index + 1, len(pairs))
    return drawn


def _typeset(editor: Editor, pair: Pair) -> Image:
    """The draft, what the fallback would offer."""
    return typeset(
        pair.source,
        ink=estimate_ink(pair.source, pair.text_box),
        mask=pair.mask,
        text_box=pair.text_box,
        old_text=pair.source_text,
        new_text=pair.target_text,
        judge=editor.judge,
    )[0].strip


def measure(pairs: Sequence[Pair], drawn: Sequence[Drawn], readers: Readers) -> list[Outcome]:
    """Each drawing against its pair's true picture, in order."""
    crops = [text_crop(one.picture, pair.text_box) for pair, one in zip(pairs, drawn, strict=True)]
    texts = {name: read(crops) for name, read in readers.items()}
    return [
        Outcome(
            drawn=one,
            texts={name: texts[name][index] for name in readers},
            ssim=metrics.ssim(one.picture, pair.target, pair.text_box),
            psnr_db=metrics.psnr(one.picture, pair.target, pair.text_box),
            style=_style(one.picture, pair.target, pair.text_box),
        )
        for index, (pair, one) in enumerate(zip(pairs, drawn, strict=True))
    ]


def _style(picture: Image, target: Image, box: Box) -> StyleDistance:
    crop = metrics.box_slices(picture, target, box)
    return style_distance(picture[crop], target[crop])
