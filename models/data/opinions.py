"""What the trained matcher makes of a word's strokes: which of the bundled faces are like its font. Knows no photos."""

import torch

from models.data.faces import Opinion
from models.data.glyphs import FONT_FOLDER
from models.data.specimens import specimen_of
from models.nets.face_net import FaceMatcher
from models.regions.ink import Ink


@torch.no_grad()
def opinion_of(ink: Ink, matcher: FaceMatcher) -> Opinion:
    """`ink` must have strokes; `matcher` in evaluation mode, on any device."""
    specimen = torch.from_numpy(specimen_of(ink)).to(matcher.alike.device)
    likenesses, slants = matcher(specimen[None, None].float() / 255)
    faces = [FONT_FOLDER / name for name in matcher.config.faces]
    return Opinion(dict(zip(faces, likenesses[0].cpu().numpy().tolist(), strict=True)), float(slants[0].cpu().numpy()))
