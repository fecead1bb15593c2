"""What can be refused before anything heavy is done: the files to write, the device."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from worker.errors import BadOutputError

if TYPE_CHECKING:
    from worker.photo import Photo


def check_file(path: Path, option: str) -> None:
    """Raises BadOutputError unless a file can be written there."""
    if path.is_dir():
        raise BadOutputError(f"{option} {path} is a folder, a file is needed")
    if not path.parent.is_dir():
        raise BadOutputError(f"the folder of {option} {path} doesn't exist")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise BadOutputError(f"no right to write {option} {path}")


def check_folder(path: Path, option: str) -> None:
    """Raises BadOutputError unless the folder is there or can be made in one that is."""
    if path.exists() and not path.is_dir():
        raise BadOutputError(f"{option} {path} is a file, a folder is needed")
    if not path.exists() and not path.absolute().parent.is_dir():
        raise BadOutputError(f"the folder of {option} {path} doesn't exist")
    if not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        raise BadOutputError(f"no right to write into {option} {path}")


def check_fits(photo: "Photo", out: Path) -> None:
    """Raises BadOutputError if the format of `out` can't hold the photo: tries it with one pixel."""
    replace(photo, samples=photo.samples[:1, :1]).encode(out.suffix)


def check_device(name: str) -> None:
    """Raises typer.BadParameter for a device that this machine doesn't have."""
    import torch

    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:  # the second: torch was built without that kind of device
        raise typer.BadParameter(f"--device {name!r} can't be used: {str(error).splitlines()[0]}") from error
