"""The door of `models`: everything another package may use to edit a photo."""

from models.errors import BadModelError, BadTargetError, BadTextError, ModelsError
from models.pipeline.editor import BUILT_IN, TextEditor
from models.pipeline.request import Candidate, CharacterMap, EditOptions, EditResult, EditTarget, ProgressCallback
from models.pipeline.scene import check_text

__all__ = [
    "BUILT_IN",
    "BadModelError",
    "BadTargetError",
    "BadTextError",
    "Candidate",
    "CharacterMap",
    "EditOptions",
    "EditResult",
    "EditTarget",
    "ModelsError",
    "ProgressCallback",
    "TextEditor",
    "check_text",
]
