"""Every refusal a user can see, each with a stable `code`. Knows no HTTP, no files; may never load `models`.

EditorError
├── UnreadablePhotoError       unreadable_image       no picture, of another format, truncated
├── PhotoTooLargeError         image_too_large
├── AnimatedPhotoError         animated_image         several frames or pages
├── BadMaskFileError           bad_mask               no mask, of another size, empty, full
├── BadOutputError             bad_output             the file to write: suffix, folder, rights
├── RefusedEditError           (the code of the refusal in `models`: bad_target, bad_text, bad_model, …)
├── BadSettingError            bad_setting            an environment variable
└── ServiceError               service_error          the service; the rest are of this kind
    ├── InvalidRequestError        invalid_request        the body doesn't keep to the contract
    ├── UploadTooLargeError        upload_too_large       more bytes than allowed
    ├── UnsupportedImageError      unsupported_image      a file type that isn't taken
    ├── BadUrlError                bad_url                an address that may not be fetched
    ├── OriginRefusedError         origin_refused         a page of another site
    ├── ImageNotFoundError         image_not_found        never stored, expired or deleted
    ├── MaskNotFoundError          mask_not_found
    ├── RegionNotFoundError        region_not_found       not among the words found in that picture
    ├── EditNotFoundError          edit_not_found
    ├── ResultNotReadyError        result_not_ready       the edit hasn't succeeded (yet)
    ├── ResultExpiredError         result_expired         it has been there
    ├── BadIdempotencyKeyError     bad_idempotency_key    too long, or characters that aren't taken
    ├── IdempotencyConflictError   idempotency_conflict   the key came before, with another request
    ├── QueueFullError             queue_full
    ├── QueueUnavailableError      queue_unavailable      Redis is away, full or read-only
    ├── NoWorkerError              no_worker              nobody is there to do it
    ├── NoImageModelError          no_image_model         nobody there makes pictures
    ├── StorageFullError           storage_full
    ├── StorageUnavailableError    storage_unavailable
    ├── WorkerLostError            worker_lost            the last of the attempts ended without a word
    ├── OutOfMemoryError           out_of_memory          more memory than the worker or its device has
    ├── DeviceLostError            device_lost            the device answers nothing any more
    ├── StaleAttemptError          stale_attempt          a worker's late word about an edit that isn't its any more
    └── InternalError              internal_error         our fault
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


class BadSettingError(EditorError):
    """An environment variable that can't be used."""

    code = "bad_setting"


class ServiceError(EditorError):
    """Base of what only the service refuses. `retry_after_s` is when to try again, where that helps."""

    code = "service_error"
    retry_after_s: int | None = None


class InvalidRequestError(ServiceError):
    """The body isn't what the contract says."""

    code = "invalid_request"


class UploadTooLargeError(ServiceError):
    """More bytes than allowed; refused before they are all read."""

    code = "upload_too_large"


class UnsupportedImageError(ServiceError):
    """A file type that isn't taken, by its first bytes."""

    code = "unsupported_image"


class BadUrlError(ServiceError):
    """An address that may not be fetched, or couldn't."""

    code = "bad_url"


class OriginRefusedError(ServiceError):
    """A page of a site that isn't allowed."""

    code = "origin_refused"


class ImageNotFoundError(ServiceError):
    """No such picture (any more)."""

    code = "image_not_found"


class MaskNotFoundError(ServiceError):
    """No such mask (any more)."""

    code = "mask_not_found"


class RegionNotFoundError(ServiceError):
    """No such word among those found in the picture."""

    code = "region_not_found"


class EditNotFoundError(ServiceError):
    """No such edit (any more)."""

    code = "edit_not_found"


class ResultNotReadyError(ServiceError):
    """The edit hasn't succeeded, or not yet."""

    code = "result_not_ready"
    retry_after_s = 1


class ResultExpiredError(ServiceError):
    """The picture has been there and was deleted."""

    code = "result_expired"


class BadIdempotencyKeyError(ServiceError):
    """The header's value can't be taken."""

    code = "bad_idempotency_key"


class IdempotencyConflictError(ServiceError):
    """The key came before, with another request."""

    code = "idempotency_conflict"


class QueueFullError(ServiceError):
    """As many edits wait as may."""

    code = "queue_full"
    retryable = True
    retry_after_s = 5


class QueueUnavailableError(ServiceError):
    """Redis is away, full or read-only."""

    code = "queue_unavailable"
    retryable = True
    retry_after_s = 2


class NoWorkerError(ServiceError):
    """Nobody is there to do it."""

    code = "no_worker"
    retryable = True
    retry_after_s = 10


class NoImageModelError(ServiceError):
    """None of those who are there has a model that makes pictures, or not the worker that was to."""

    code = "no_image_model"
    retryable = True
    retry_after_s = 10


class StorageFullError(ServiceError):
    """No room for the picture."""

    code = "storage_full"
    retryable = True
    retry_after_s = 30


class StorageUnavailableError(ServiceError):
    """The place of the pictures can't be reached."""

    code = "storage_unavailable"
    retryable = True
    retry_after_s = 5


class WorkerLostError(ServiceError):
    """Every attempt ended without a word from its worker."""

    code = "worker_lost"
    retryable = True


class OutOfMemoryError(ServiceError):
    """More memory is needed than the worker or its device has just now."""

    code = "out_of_memory"
    retryable = True


class DeviceLostError(ServiceError):
    """After such an error the device does nothing more for this process."""

    code = "device_lost"
    retryable = True


class StaleAttemptError(ServiceError):
    """A worker's word about an edit that has ended or that another has taken over. It changes nothing."""

    code = "stale_attempt"


class InternalError(ServiceError):
    """Our fault; the log knows more."""

    code = "internal_error"
