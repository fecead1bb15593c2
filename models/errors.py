"""The refusals of `models`: what a caller asked for that can't be done, each with a stable `code`.

ModelsError(ValueError)
├── BadTargetError    the place to edit: quad, box or mask
├── BadTextError      the text to write
├── BadModelError     the model folder
├── BadDataError      the folder of a data set
└── NoPlaceError      a made picture has no line of text to rewrite
"""


class ModelsError(ValueError):
    """Base of every refusal; `code` is stable, the message says what was got and what is allowed."""

    code = "bad_input"


class BadTargetError(ModelsError):
    """The quad, box or mask can't be edited."""

    code = "bad_target"


class BadTextError(ModelsError):
    """The text can't be written: too long, blank, or with characters outside the charset."""

    code = "bad_text"


class BadModelError(ModelsError):
    """The model folder is missing, of another architecture, or corrupt."""

    code = "bad_model"


class BadDataError(ModelsError):
    """The data set isn't there, is laid out in another way than published, or has nothing to use."""

    code = "bad_data"


class NoPlaceError(ModelsError):
    """A picture that was made has no line of text, or too few, for what it shall say."""

    code = "no_place"
