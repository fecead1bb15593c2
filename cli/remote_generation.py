"""`respell generate --server URL`: the same picture, made by a service. Loads no model and no torch."""

import os
from collections.abc import Iterator

import typer
from pydantic import ValidationError

from cli.asked import AskedGeneration
from cli.remote import KEY_VARIABLE, ServerProgress, format_of, invalid, write_picture
from cli.summary import summary
from models.errors import BadTargetError, NoPlaceError
from respell import Edited, EditFailedError, OutputOptions, PictureOptions, RefusedError, RespellClient
from worker.contract import Box, CandidateState, field_problems


def generate_remotely(asked: AskedGeneration, server: str) -> None:
    """Writes the picture and the report, and says so. Raises EditorErrors, RespellErrors and ModelsErrors."""
    output = OutputOptions(format=format_of(asked.out))
    with RespellClient(server, api_key=os.environ.get(KEY_VARIABLE) or None) as client:
        try:
            made = _generate(client, asked, output)
        except ValidationError as error:
            raise invalid(field_problems(error.errors())) from error
        except RefusedError as error:
            raise invalid(error.errors) if error.errors else error from error
        except EditFailedError as error:
            failure = error.state.error
            if failure is None or failure.image_id is None or error.code != NoPlaceError.code:
                raise
            write_picture(asked.plain, client.image(failure.image_id))
            raise asked.without_place("the picture has too few lines of text") from error
    write_picture(asked.out, made.picture)
    if asked.report is not None:
        asked.report.write_text(made.state.model_dump_json(indent=1) + "\n")
    outcome = made.state.result
    assert outcome is not None  # it succeeded
    for text, candidates in zip(asked.texts, _by_item(outcome.candidates), strict=True):
        best = next(one for one in candidates if one.image_sha256 == outcome.image_sha256)
        typer.echo(
            summary(text, best, candidates, changed_outside_mask_px=outcome.changed_outside_mask_px, out=asked.out)
        )


def _generate(client: RespellClient, asked: AskedGeneration, output: OutputOptions) -> Edited:
    size_px = None if asked.size_hw is None else (asked.size_hw[1], asked.size_hw[0])
    picture = PictureOptions(size_px=size_px, num_inference_steps=asked.steps, guidance_scale=asked.guidance)
    with ServerProgress() as progress:
        return client.generate(
            asked.prompt,
            asked.texts,
            picture=picture,
            box_px=None if asked.box_px is None else _whole(asked.box_px),
            n=asked.candidates,
            seed=asked.seed,
            output=output,
            on_event=progress.show_event,
        )


def _whole(box_px: tuple[float, ...]) -> Box:
    if any(number != int(number) for number in box_px):
        raise BadTargetError(f"--box takes whole pixels with --server, got {','.join(map(str, box_px))}")
    x, y, width, height = map(int, box_px)
    return x, y, width, height


def _by_item(candidates: tuple[CandidateState, ...]) -> Iterator[list[CandidateState]]:
    for item in range(1 + max(one.item for one in candidates)):
        yield [one for one in candidates if one.item == item]
