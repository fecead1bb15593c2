"""The entry point: registers the commands, turns every refusal into one line on stderr and an exit status.

0 done · 2 bad input · 3 the text to find is not in the photo · 130 interrupted.
"""

import sys
from collections.abc import Sequence

import typer

from cli.assets import collect_assets
from cli.convert import convert_app
from cli.detect import detect
from cli.edit import edit
from cli.evaluate import evaluate
from cli.generate import generate
from cli.synth import synth
from cli.train import train_app
from cli.train_crops import crop_autoencoder, crops, label_encoder
from cli.up import up
from models.errors import ModelsError
from worker.errors import EditorError

EXIT_BAD_INPUT = 2
EXIT_TEXT_NOT_FOUND = 3
EXIT_INTERRUPTED = 130
TRAINING_PACKAGES = ("accelerate", "fontTools", "scipy", "tensorboard", "webdataset")
EXTRAS = {**dict.fromkeys(TRAINING_PACKAGES, "train"), "transformers": "generate"}  # package → what installs it

app = typer.Typer(
    name="respell",
    help="Change the words in a photo: same style, right spelling, every other pixel untouched.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(edit)
app.command()(detect)
app.command()(generate)
train_app.command("label-encoder")(label_encoder)
train_app.command("crop-autoencoder")(crop_autoencoder)
train_app.command("crops")(crops)
app.add_typer(train_app, name="train")
app.add_typer(convert_app, name="convert")
app.command()(synth)
app.command("assets")(collect_assets)
app.command()(evaluate)
app.command()(up)


def run(arguments: Sequence[str]) -> int:
    """Run one command → its exit status. A refusal is one line `error: …` on stderr; a bug keeps its traceback."""
    try:
        status = app(list(arguments), prog_name="respell", standalone_mode=False)
    except typer.TyperException as error:
        return _refuse(error.format_message() or "a command is missing; see respell --help")
    except typer.Abort:
        return EXIT_INTERRUPTED
    except (ModelsError, EditorError) as error:
        status = _refuse(str(error))
        if error.code != "text_not_found":
            return status
        for text in getattr(error, "found", ()):
            typer.echo(f"  {text}", err=True)
        return EXIT_TEXT_NOT_FOUND
    except OSError as error:
        return _refuse(str(error))
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        return _refuse(f"{error.name} is not installed: pip install 'respell[{EXTRAS[error.name]}]'")
    return status if isinstance(status, int) else 0


def main() -> None:
    """`respell` in a shell."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal that has no ✓ shows a ?
    sys.exit(run(sys.argv[1:]))


def _refuse(message: str) -> int:
    typer.echo(f"error: {' '.join(message.split())}", err=True)
    return EXIT_BAD_INPUT
