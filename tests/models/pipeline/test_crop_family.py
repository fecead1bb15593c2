"""Claims about editing with a converted UDiffText: the editor's promises hold for it as for the built-in model."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.config import CropSamplerConfig, SamplerConfig
from models.errors import BadModelError, BadTextError
from models.pipeline import EditOptions, EditResult, TextEditor
from models.regions.strip import rectify_mask, strip_frame
from tests.models.pipeline.test_editor import sign, target

SAMPLER = CropSamplerConfig(num_inference_steps=2, search_candidates=2)
QUICK = EditOptions(seed=5, num_candidates=1, max_attempts=1, verify=False, fallback="none", sampler=SAMPLER)


@pytest.fixture(scope="module")
def editor(tiny_crop_model: Path) -> TextEditor:
    return TextEditor.load(tiny_crop_model)


def rectified_mask(result: EditResult) -> np.ndarray:
    return rectify_mask(result.mask, strip_frame(target(sign()).quad_px))


def edit(editor: TextEditor, text: str = "TAXI", options: EditOptions = QUICK) -> EditResult:
    image = sign()
    return editor.edit(image, target(image), text, options)


def test_nothing_outside_the_mask_changes_and_the_inside_is_painted_anew(editor: TextEditor) -> None:
    image, result = sign(), edit(editor)
    changed = (result.image != image).any(axis=2)
    assert result.changed_outside_mask_px == 0 and not changed[~result.mask].any()
    assert changed.sum() > 0.8 * result.mask.sum() and result.image.shape == image.shape


def test_same_seed_same_bytes_and_four_candidates_do_not_change_the_first(editor: TextEditor) -> None:
    first = edit(editor)
    four = edit(editor, options=replace(QUICK, num_candidates=4))
    (again,) = [image for c, image in zip(four.candidates, four.images, strict=True) if c.index == 0]
    assert again.tobytes() == first.image.tobytes()
    assert len({image.tobytes() for image in four.images}) == 4


def test_what_is_read_back_is_ranked_and_typeset_where_nothing_reads_right(editor: TextEditor) -> None:
    result = edit(editor, options=replace(QUICK, verify=True, fallback="typeset"))
    assert result.best.kind == "typeset" and result.best.verified
    assert [c.kind for c in result.candidates] == ["typeset", "model"]
    assert all(c.strip.shape == (64, result.source_strip.shape[1], 3) for c in result.candidates)


def test_report_has_the_square_that_was_worked_on(editor: TextEditor) -> None:
    report = json.loads(json.dumps(edit(editor).report(model=editor.model_name)))
    ((x0, y0, side),) = report["crops_px"]
    ys, xs = np.nonzero(edit(editor).mask)
    assert x0 <= xs.min() and xs.max() < x0 + side and y0 <= ys.min() and ys.max() < y0 + side
    assert report["model"] == "udiff" and report["sampler"]["guidance_scale"] == 5.0
    assert report["switched_on"]["noise_search"] and not report["switched_on"]["refinement"]


@pytest.mark.parametrize(
    "change",
    [
        {"encoder_dropout": True},
        {"sample_posterior": True},
        {"guidance_scale": 1.0},
        {"refine": True},
        {"refine": True, "published_refinement": True, "published_scores": True},
    ],
)
def test_each_switch_changes_the_picture_and_keeps_it_a_matter_of_the_seed(
    editor: TextEditor,
    change: dict[str, float | bool],
) -> None:
    sampler = replace(SAMPLER, search_candidates=1, **change)  # type: ignore[arg-type]
    plain = edit(editor, options=replace(QUICK, sampler=replace(SAMPLER, search_candidates=1)))
    first, again = (edit(editor, options=replace(QUICK, sampler=sampler)) for _ in range(2))
    assert first.image.tobytes() == again.image.tobytes() != plain.image.tobytes()
    assert first.changed_outside_mask_px == 0


def test_maps_show_every_character_on_the_strip(editor: TextEditor) -> None:
    result = edit(editor, text="A b")
    maps, width = result.best.maps, result.source_strip.shape[1] // 4
    assert maps is not None and maps.text == "A b" and maps.heat.shape == (3, 16, width)
    assert (maps.heat.max(axis=(1, 2)) == 255).all() and all(0 < peak <= 1 for peak in maps.peaks)
    outside = cv2.erode((~np.asarray(rectified_mask(result))).astype(np.uint8), np.ones((9, 9))) > 0
    assert outside.any() and not maps.heat[:, outside[2::4, 2::4]].any()
    assert edit(editor, text="").best.maps is None


def test_previews_are_strips_and_steps_are_told(editor: TextEditor) -> None:
    image, seen, steps = sign(), list[np.ndarray](), list[tuple[int, int]]()
    editor.edit(
        image,
        target(image),
        "TAXI",
        QUICK,
        progress=lambda stage, _, step, total: steps.append((step, total)) if stage == "drawing" else None,
        preview=lambda draw, _: seen.append(draw()),
    )
    assert [strip.shape[0] for strip in seen] == [64, 64] and steps == [(0, 2), (1, 2), (2, 2)]


def test_a_feather_is_kept_within_the_mask(editor: TextEditor) -> None:
    hard, soft = (edit(editor, options=replace(QUICK, feather_px=px)) for px in (0, 12))
    assert hard.changed_outside_mask_px == soft.changed_outside_mask_px == 0
    depth_px = cv2.distanceTransform(hard.mask.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    rim = (depth_px > 0) & (depth_px < 4)
    changes = [np.abs(result.image[rim].astype(int) - sign()[rim]).mean() for result in (hard, soft)]
    assert changes[1] < 0.5 * changes[0]


def test_removal_asks_for_nothing_to_be_written(editor: TextEditor) -> None:
    result = edit(editor, text="")
    assert result.changed_outside_mask_px == 0 and (result.image != sign()).any()
    assert not result.switched_on["noise_search"] and not result.switched_on["guidance"]


def test_a_long_text_goes_word_by_word_each_into_its_share(editor: TextEditor) -> None:
    steps, seen = list[tuple[int, int]](), list[np.ndarray]()
    image = sign()
    result = editor.edit(
        image,
        target(image),
        "GRAND HOTEL PARIS",
        QUICK,
        progress=lambda stage, _, step, total: steps.append((step, total)) if stage == "drawing" else None,
        preview=lambda draw, _: seen.append(draw()),
    )
    changed = (result.image != image).any(axis=2)
    assert result.changed_outside_mask_px == 0 and changed.sum() > 0.8 * result.mask.sum()
    assert len(result.crops_px) == 3
    maps = result.best.maps
    assert maps is not None and maps.text == "GRAND HOTEL PARIS" and len(maps.heat) == len(maps.peaks) == 17
    assert [i for i, peak in enumerate(maps.peaks) if peak == 0] == [5, 11]
    assert steps[0] == (0, 6) and steps[-1] == (6, 6) and steps == sorted(steps) and len(seen) == 6
    width = seen[0].shape[1]
    # the first word stands while the second is drawn
    assert np.array_equal(seen[2][:, : width // 4], seen[3][:, : width // 4])
    again = editor.edit(image, target(image), "GRAND HOTEL PARIS", QUICK)
    assert again.image.tobytes() == result.image.tobytes() and again.switched_on["word_by_word"]
    assert np.array_equal(again.candidates[0].strip, result.candidates[0].strip)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Electroencephalogram", "a word has 20 characters.*at most 12"),
        ("a " * 12 + "b", "25 characters"),
        ("x" * 13, "at most 12"),
        ("café", "é"),
        ("   ", "3 blanks"),
        ("a\nb", "charset"),
    ],
)
def test_refuses_what_the_model_cannot_write(editor: TextEditor, text: str, message: str) -> None:
    with pytest.raises(BadTextError, match=message):
        edit(editor, text=text)


def test_refuses_the_sampler_of_another_family(editor: TextEditor, tiny_model: Path) -> None:
    with pytest.raises(TypeError, match="samples by a CropSamplerConfig"):
        edit(editor, options=replace(QUICK, sampler=SamplerConfig()))
    with pytest.raises(TypeError, match="samples by a SamplerConfig"):
        edit(TextEditor.load(tiny_model))


def test_a_folder_of_no_family_is_refused_with_both_named(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text('{"_class_name": "StableDiffusionInpaintPipeline"}')
    with pytest.raises(BadModelError, match=r"StableDiffusionInpaintPipeline.*respell-strip-2.*respell-crop-1"):
        TextEditor.load(tmp_path)


def test_reconstruct_goes_through_the_models_own_autoencoder(editor: TextEditor) -> None:
    strip = edit(editor).source_strip
    assert editor.reconstruct(strip).shape == strip.shape
