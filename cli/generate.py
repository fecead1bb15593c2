"""`respell generate`: a picture from a prompt, and the words that it shall show written into it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.asked import AskedGeneration
from cli.checks import check_device, check_file, check_fits
from cli.place import parse_box
from cli.progress import EditProgress
from cli.summary import summary
from models.checkpoints.folders import model_folder
from models.errors import BadTargetError, BadTextError, NoPlaceError
from worker.contract.prompts import quoted_texts

if TYPE_CHECKING:
    from models.pipeline import EditResult, EditTarget, TextEditor
    from models.pipeline.request import Image


def generate(
    prompt: Annotated[str, typer.Option(help='What the picture shows: A sign that says "OPEN"')],
    out: Annotated[Path, typer.Option(help="The file to write; its suffix says the format.")],
    image_model: Annotated[
        Path | None, typer.Option(help="Folder of a text-to-image pipeline of diffusers, safetensors.")
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option(help="The text to write, once for each; by default what the prompt quotes.")
    ] = None,
    box: Annotated[
        str | None, typer.Option(help="Where to write one text: x,y,w,h. By default the best line that is found.")
    ] = None,
    size: Annotated[str | None, typer.Option(help="WIDTHxHEIGHT; the pipeline's own by default.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, max=1000, help="Denoising steps of the picture.")] = None,
    guidance: Annotated[float | None, typer.Option(min=0, max=30, help="Guidance scale of the picture.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same picture.")] = 0,
    candidates: Annotated[int, typer.Option(min=1, max=64, help="Drawings of each text to choose from.")] = 4,
    model: Annotated[str | None, typer.Option(help="What writes: a model's name or folder.")] = None,
    device: Annotated[str, typer.Option(help="Where torch computes: cpu, cuda, mps.")] = "cpu",
    report: Annotated[Path | None, typer.Option(help="JSON file with everything that was tried.")] = None,
    server: Annotated[
        str | None, typer.Option(help="URL of a Respell with an image model that does it; its key: RESPELL_API_KEY.")
    ] = None,
) -> None:
    """Make a picture from a prompt with any text-to-image model, and spell its words right."""
    texts = texts_of(prompt, text)
    box_px, size_hw = None if box is None else parse_box(box), None if size is None else parse_size(size)
    if box_px is not None and len(texts) > 1:
        raise BadTargetError(f"--box is for one text, got {len(texts)}: {', '.join(map(repr, texts))}")
    check_file(out, "--out")
    if report is not None:
        check_file(report, "--report")
    asked = AskedGeneration(prompt, texts, box_px, size_hw, out, steps, guidance, seed, candidates, report)
    if server is None:
        if image_model is None:
            raise typer.BadParameter("--image-model or --server says what makes the picture")
        check_device(device)
        generate_here(asked, image_model, model, device)
        return
    from cli.remote import check_options
    from cli.remote_generation import generate_remotely

    check_options(model=model, image_model=image_model)
    generate_remotely(asked, server)


def generate_here(asked: AskedGeneration, image_model: Path, model: str | None, device: str) -> None:
    """Writes the picture and the report, and says so. Raises EditorErrors and ModelsErrors."""
    folder = model_folder(model)
    import numpy as np

    from models.generate.image_model import ImageModel, ImageOptions
    from models.pipeline import TextEditor
    from worker.photo import Photo

    check_fits(Photo(np.zeros((1, 1, 3), np.uint8)), asked.out)
    editor = TextEditor.load(folder, device=device)
    for one in asked.texts:
        editor.family.check_text(one)
    maker = ImageModel.load(image_model, device=device)
    options = ImageOptions(asked.seed, asked.steps, asked.guidance, asked.size_hw)
    with EditProgress() as progress:
        picture = maker.draw(
            asked.prompt, options, on_step=lambda step, total: progress.show("making_picture", None, step, total)
        )
        try:
            targets = place_texts(picture, asked.texts, asked.box_px, editor)
        except NoPlaceError as error:
            Photo(picture).save(asked.plain)
            raise asked.without_place(str(error)) from error
        edits = write_texts(
            editor, picture, asked.texts, targets, seed=asked.seed, candidates=asked.candidates, progress=progress
        )
    Photo(edits[-1].image).save(asked.out)
    if asked.report is not None:
        document = {
            "prompt": asked.prompt,
            "image_model": maker.name,
            "seed": asked.seed,
            "size": [picture.shape[1], picture.shape[0]],
            "texts": [_account(edit, target, editor.model_name) for edit, target in zip(edits, targets, strict=True)],
        }
        asked.report.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    for one, edit in zip(asked.texts, edits, strict=True):
        changed = edit.changed_outside_mask_px
        typer.echo(summary(one, edit.best, edit.candidates, changed_outside_mask_px=changed, out=asked.out))


def texts_of(prompt: str, given: list[str] | None) -> list[str]:
    """What the picture shall say. Raises BadTextError where that isn't said."""
    texts = given or quoted_texts(prompt)
    if not texts:
        raise BadTextError(f'the prompt quotes no text: write A sign that says "OPEN", or give --text; got {prompt!r}')
    if blank := [text for text in texts if not text.strip()]:
        raise BadTextError(f"--text is {blank[0]!r}: give letters to write")
    return texts


def parse_size(value: str) -> tuple[int, int]:
    """`640x512` → (512, 640). Raises typer.BadParameter."""
    width, _, height = value.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) > 0 and int(height) > 0):
        raise typer.BadParameter(f"--size takes WIDTHxHEIGHT in pixels, got {value!r}")
    return int(height), int(width)


def place_texts(
    picture: "Image", texts: list[str], box_px: tuple[float, ...] | None, editor: "TextEditor"
) -> "list[EditTarget]":
    """Where each text goes: in the box, or over the line that suits it best. Raises NoPlaceError, BadTargetError."""
    from models.generate.lines import lines_for, sure_text
    from worker.targets import at_box, at_corners

    image_hw = (picture.shape[0], picture.shape[1])
    if box_px is not None:
        return [at_box(box_px, image_hw).for_editor()]
    lines = lines_for(texts, editor.reader.find(picture, min_confidence=0.0))
    return [at_corners(line.quad_px, image_hw, old_text=sure_text(line)).for_editor() for line in lines]


def write_texts(
    editor: "TextEditor",
    picture: "Image",
    texts: list[str],
    targets: "list[EditTarget]",
    *,
    seed: int,
    candidates: int,
    progress: EditProgress,
) -> "list[EditResult]":
    """One text after the other; the last result's picture has them all."""
    from models.pipeline import EditOptions

    options = EditOptions(seed=seed, num_candidates=candidates, sampler=editor.model.sampler)
    edits: list[EditResult] = []
    for text, target in zip(texts, targets, strict=True):
        edits.append(editor.edit(picture, target, text, options, progress=progress.show))
        picture = edits[-1].image
    return edits


def _account(edit: "EditResult", target: "EditTarget", model: str) -> dict[str, Any]:
    return {"quad_px": target.quad_px.round(2).tolist(), "before": target.old_text, **edit.report(model=model)}
