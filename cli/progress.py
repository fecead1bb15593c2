"""A bar on stderr while an edit runs; nothing where stderr is no terminal."""

from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from models.pipeline.request import Stage

LABELS: "dict[Stage | Literal['making_picture'], str]" = {
    "making_picture": "making the picture",
    "loading_model": "loading the model",
    "searching_noise": "searching the noise",
    "drawing": "drawing",
    "blending": "blending",
    "checking": "reading back",
}


class EditProgress:
    """`with EditProgress() as progress: editor.edit(…, progress=progress.show)`."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("starting", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, stage: "Stage | Literal['making_picture']", candidate: int | None, step: int, total: int) -> None:
        """A `ProgressCallback`."""
        number = "" if candidate is None else f" candidate {candidate + 1}"
        self._bar.update(self._task, description=LABELS[stage] + number, completed=step, total=total)
