"""One drawing measured against the truth: spelling, nearness, looks, seam. Knows strips and readers; draws nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.evaluate import metrics
from models.evaluate.metrics import Box, Image
from models.evaluate.protocols_reading import Readers, text_crop
from models.evaluate.seams import changed_region, seam_ratio
from models.evaluate.style import StyleMatch, style_match
from models.regions.quad import Mask
from models.regions.strip import StripFrame, rectify


@dataclass(frozen=True, eq=False)
class Subject:
    """What every drawing of one item is measured against.

    `given` (H, W, 3) is the photo as the door gets it; `source` has the jumps that the seam is compared with: the same,
    unless a word was hidden. `true` (64, W, 3) is the true word in its strip, `true_strokes` bool (64, W) if they are
    known. `frame` says where the strip lies in the photo; None: the photo is the strip.
    """

    text: str
    given: Image = field(repr=False)
    source: Image = field(repr=False)
    mask: Mask = field(repr=False)
    true: Image = field(repr=False)
    box: Box
    true_strokes: Mask | None = field(repr=False, default=None)
    frame: StripFrame | None = None


@dataclass(frozen=True, eq=False)
class Drawn:
    """What one method made of one item. `picture` uint8 (H, W, 3); `refused` the code of the door's refusal.

    `verified` is what the door says of it; None where nothing was read back.
    """

    picture: Image = field(repr=False)
    seconds: float = 0.0
    refused: str | None = None
    changed_outside_mask_px: int = 0
    verified: bool | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """A drawing measured inside the text box at 64 px height. `strip` (64, W, 3) is the place of the word in it.

    `texts` are by reader. `seam` is `seam_ratio` at the mask's rim, `change_seam` at the rim of what was changed inside
    the mask, where an edit that keeps the photo's own pixels between the letters has its seam.
    """

    drawn: Drawn
    strip: Image = field(repr=False)
    texts: dict[str, str]
    ssim: float
    psnr_db: float
    style: StyleMatch | None
    seam: float | None
    change_seam: float | None


def measure(subjects: Sequence[Subject], drawn: Sequence[Drawn], readers: Readers) -> list[Outcome]:
    """Each drawing against its subject, in order."""
    strips = [
        one.picture if subject.frame is None else rectify(one.picture, subject.frame)
        for subject, one in zip(subjects, drawn, strict=True)
    ]
    crops = [text_crop(strip, subject.box) for subject, strip in zip(subjects, strips, strict=True)]
    texts = {name: read(crops) for name, read in readers.items()}
    return [
        Outcome(
            drawn=one,
            strip=strip,
            texts={name: texts[name][index] for name in readers},
            ssim=metrics.ssim(strip, subject.true, subject.box),
            psnr_db=metrics.psnr(strip, subject.true, subject.box),
            style=style_match(strip, subject.true, subject.box, true_strokes=subject.true_strokes),
            seam=seam_ratio(subject.source, one.picture, subject.mask),
            change_seam=seam_ratio(subject.source, one.picture, changed_region(subject.given, one.picture)),
        )
        for index, (subject, one, strip) in enumerate(zip(subjects, drawn, strips, strict=True))
    ]
