"""`respell edit`: one word of one photo."""

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.asked import AskedEdit
from cli.checks import check_file, check_fits, check_folder
from cli.place import find_target, parse_place
from cli.progress import EditProgress
from cli.summary import summary
from models.checkpoints.folders import model_folder
from worker.errors import BadOutputError

if TYPE_CHECKING:
    from models.config import Sampling


class Fallback(StrEnum):
    """What is done when no candidate reads right."""

    TYPESET = "typeset"
    NONE = "none"


def edit(
    photo: Annotated[Path, typer.Argument(help="The photo: PNG, JPEG, WebP or TIFF.")],
    text: Annotated[str, typer.Option(help='The new text; "" removes the old one.')],
    out: Annotated[Path, typer.Option(help="The file to write; its suffix says the format.")],
    find: Annotated[str | None, typer.Option(help="Change this text; TEXT#2 is its second occurrence.")] = None,
    quad: Annotated[str | None, typer.Option(help='Or: four corners "x,y x,y x,y x,y" from the top-left.')] = None,
    box: Annotated[str | None, typer.Option(help="Or: an upright box x,y,w,h.")] = None,
    mask: Annotated[Path | None, typer.Option(help="Or: a picture of the photo's size, white = repaint.")] = None,
    style_quad: Annotated[str | None, typer.Option(help="Take the style from the word at these corners.")] = None,
    candidates: Annotated[int, typer.Option(min=1, max=64, help="Drawings to choose from, a round.")] = 4,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same picture.")] = 0,
    steps: Annotated[int | None, typer.Option(min=1, max=1000, help="Denoising steps.")] = None,
    guidance: Annotated[float | None, typer.Option(min=0, max=30, help="Guidance scale; 1 is none.")] = None,
    model: Annotated[str | None, typer.Option(help="A model's name or folder; built-in by default.")] = None,
    search_candidates: Annotated[
        int | None, typer.Option(min=1, max=32, help="Starting noises tried for each drawing; 1 is no search.")
    ] = None,
    refine: Annotated[
        bool | None, typer.Option("--refine/--no-refine", help="Refine the latents while drawing, or not.")
    ] = None,
    feather: Annotated[
        float | None,
        typer.Option(min=0, max=32, help="Repaint the whole mask, faded in over so many pixels."),
    ] = None,
    redraw: Annotated[int, typer.Option(min=0, max=999, help="Drawn so often before: now in other typefaces.")] = 0,
    verify: Annotated[bool, typer.Option("--verify/--no-verify", help="Read the result back.")] = True,
    fallback: Annotated[Fallback, typer.Option(help="When no drawing reads right.")] = Fallback.TYPESET,
    maps: Annotated[Path | None, typer.Option(help="Folder for pictures of where each character looked.")] = None,
    report: Annotated[Path | None, typer.Option(help="JSON file with everything that was tried.")] = None,
    server: Annotated[
        str | None, typer.Option(help="URL of a Respell that draws it; its key: RESPELL_API_KEY.")
    ] = None,
) -> None:
    """Change one text of a photo; every pixel outside its mask stays as it is."""
    place = parse_place(find=find, quad=quad, box=box, mask=mask, style_quad=style_quad)
    check_outputs(photo, out, maps=maps, report=report)
    asked = AskedEdit(
        photo,
        place,
        text,
        out,
        candidates,
        seed,
        steps,
        guidance,
        search_candidates,
        refine,
        feather,
        redraw,
        verify,
        fallback.value,
        maps,
        report,
    )
    if server is None:
        edit_here(asked, model)
        return
    from cli.remote import check_options, edit_remotely

    check_options(model=model)
    edit_remotely(asked, server)


def edit_here(asked: AskedEdit, model: str | None) -> None:
    """Draws with `model` and writes the picture, the report and the maps, and says so. Raises EditorErrors."""
    from worker.photo import Photo

    photo = Photo.open(asked.photo)
    check_fits(photo, asked.out)
    folder = model_folder(model)
    from models.pipeline import EditOptions, TextEditor, check_text

    check_text(asked.text)
    target = find_target(asked.place, photo)
    editor = TextEditor.load(folder)
    options = EditOptions(
        seed=asked.seed,
        num_candidates=asked.candidates,
        verify=asked.verify,
        fallback=asked.fallback,
        feather_px=asked.feather,
        redraw=asked.redraw,
        sampler=changed_sampler(editor.model.sampler, asked),
    )
    with EditProgress() as progress:
        result = editor.edit(photo.rgb, target, asked.text, options, progress=progress.show)
    photo.with_edit(result.image, result.mask).save(asked.out)
    if asked.report is not None:
        asked.report.write_text(json.dumps(result.report(model=editor.model_name), indent=1, ensure_ascii=False) + "\n")
    if asked.maps is not None:
        from cli.maps import NO_MAPS, write_maps

        if (drawn := result.best.maps) is None:
            typer.echo(NO_MAPS, err=True)
        else:
            write_maps(drawn.text, drawn.heat, drawn.quad_px, photo.rgb, asked.maps)
    changed = result.changed_outside_mask_px
    typer.echo(summary(asked.text, result.best, result.candidates, changed_outside_mask_px=changed, out=asked.out))


def check_outputs(photo: Path, out: Path, *, maps: Path | None, report: Path | None) -> None:
    """Raises BadOutputError unless everything that was asked for can be written, and not over the photo."""
    check_file(out, "--out")
    if out.exists() and photo.exists() and out.samefile(photo):
        raise BadOutputError(f"--out {out} is the photo itself, which is kept: name another file")
    if report is not None:
        check_file(report, "--report")
        if report.resolve() in (out.resolve(), photo.resolve()):
            raise BadOutputError(f"--report {report} is the photo or the result: name another file")
    if maps is not None:
        check_folder(maps, "--maps")


def changed_sampler(sampler: "Sampling", asked: AskedEdit) -> "Sampling":
    """The model's own way of sampling with what was asked to differ."""
    changes: dict[str, Any] = {
        "num_inference_steps": asked.steps,
        "guidance_scale": asked.guidance,
        "search_candidates": asked.search_candidates,
        "refine": asked.refine,
    }
    return replace(sampler, **{name: value for name, value in changes.items() if value is not None})
