"""The door of `models`: everything another package may use to edit a photo."""

from models.checkpoints.folders import model_folder
from models.errors import BadModelError, BadTargetError, BadTextError, ModelsError
from models.pipeline.editor import TextEditor
from models.pipeline.request import (
    Candidate,
    CandidateCallback,
    CharacterMaps,
    EditOptions,
    EditResult,
    EditTarget,
    PreviewCallback,
    ProgressCallback,
)
from models.pipeline.scene import check_text

__all__ = [
    "BadModelError",
    "BadTargetError",
    "BadTextError",
    "Candidate",
    "CandidateCallback",
    "CharacterMaps",
    "EditOptions",
    "EditResult",
    "EditTarget",
    "ModelsError",
    "PreviewCallback",
    "ProgressCallback",
    "TextEditor",
    "check_text",
    "model_folder",
]
