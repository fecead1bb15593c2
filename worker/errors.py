"""Every refusal a user can see, each with a stable `code`. Knows no HTTP, no files; may never load `models`.

EditorError
├── UnreadablePhotoError    unreadable_image    no picture, of another format, truncated
├── PhotoTooLargeError      image_too_large
├── AnimatedPhotoError      animated_image      several frames or pages
├── BadMaskFileError        bad_mask            no mask, of another size, empty, full
├── BadOutputError          bad_output          the file to write: suffix, folder, rights
└── RefusedEditError        (the code of the refusal in `models`: bad_target, bad_text, bad_model, …)
"""


class EditorError(Exception):
    """Base of every refusal; the message says what was got and what is allowed."""

    code = "editor_error"
    retryable = False


class UnreadablePhotoError(EditorError):
    """The bytes are no picture that can be edited."""

    code = "unreadable_image"


class PhotoTooLargeError(EditorError):
    """More pixels than allowed; refused before decoding."""

    code = "image_too_large"


class AnimatedPhotoError(EditorError):
    """Several frames or pages."""

    code = "animated_image"


class BadMaskFileError(EditorError):
    """The mask file doesn't go with the photo."""

    code = "bad_mask"


class BadOutputError(EditorError):
    """The result can't be written there."""

    code = "bad_output"


class RefusedEditError(EditorError):
    """What `models` refused, under its code."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code
