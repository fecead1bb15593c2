import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from models.config import SamplerConfig
from models.data.glyphs import NEUTRAL_FONT
from models.errors import BadTargetError, BadTextError
from models.pipeline import EditOptions, EditResult, EditTarget, TextEditor
from models.pipeline.scene import check_text
from models.regions.quad import grow_quad, quad_from_box, quad_mask

AT_ITS_WORD = SamplerConfig(residual_scale=1.0)  # an untrained network then can't spell
QUICK = EditOptions(seed=5, num_candidates=1, max_attempts=1, fallback="none", sampler=AT_ITS_WORD)

CORNERS = np.array([(0, 0), (16, 0), (16, 8), (0, 8)], np.float32)  # of a map


def sign(*, size: tuple[int, int] = (161, 243), slant_px: int = 0) -> np.ndarray:
    """A photo (h, w) with EXIT on a green board, odd-sized."""
    height, width = size
    rows = np.linspace(40, 90, height)[:, None, None]
    image = Image.fromarray(np.broadcast_to(rows * [0.3, 1.0, 0.5], (height, width, 3)).astype(np.uint8))
    font = ImageFont.truetype(str(NEUTRAL_FONT), 40)
    ImageDraw.Draw(image).text((70, 60 + slant_px), "EXIT", fill=(240, 240, 230), font=font)
    return np.asarray(image)


def target(image: np.ndarray, *, old_text: str | None = "EXIT") -> EditTarget:
    quad = quad_from_box(66, 62, 100, 44)
    return EditTarget(quad, quad_mask(grow_quad(quad, 5), image.shape[:2]), old_text=old_text)


@pytest.fixture(scope="module")
def editor(tiny_model: Path) -> TextEditor:
    return TextEditor.load(tiny_model)


def edit(editor: TextEditor, text: str = "TAXI", options: EditOptions = QUICK) -> EditResult:
    image = sign()
    return editor.edit(image, target(image), text, options)


def test_nothing_outside_the_mask_changes_and_something_inside_does(editor: TextEditor) -> None:
    image, result = sign(), edit(editor)
    outside = ~result.mask
    assert np.array_equal(result.image[outside], image[outside])
    assert result.changed_outside_mask_px == 0
    assert (result.image != image).any() and result.image.shape == image.shape


def test_between_letters_the_photos_own_pixels_stay(editor: TextEditor) -> None:
    image = sign()
    place = target(image)
    wide = replace(place, mask=quad_mask(grow_quad(place.quad_px, 14), image.shape[:2]))
    result = editor.edit(image, wide, "TAXI", QUICK)
    changed = (result.image != image).any(axis=2)
    assert changed.any() and changed.sum() < 0.6 * wide.mask.sum()
    assert not changed[52:56].any()  # the rim of the mask, far from any stroke


@pytest.mark.parametrize(("text", "share"), [("TAXI", (0.05, 0.6)), ("", (0.6, 1.0))], ids=["written on", "removed"])
def test_where_nothing_stands_only_what_letters_touch_changes(
    editor: TextEditor, text: str, share: tuple[float, float]
) -> None:
    image = sign()
    quad = quad_from_box(60, 112, 120, 40)
    place = EditTarget(quad, quad_mask(grow_quad(quad, 3), image.shape[:2]))
    changed = (editor.edit(image, place, text, QUICK).image != image).any(axis=2)
    assert share[0] * place.mask.sum() < changed.sum() <= share[1] * place.mask.sum()


def test_with_an_unreadable_old_word_the_whole_mask_may_change(editor: TextEditor) -> None:
    picture = Image.fromarray(sign()[:, ::-1])
    font = ImageFont.truetype(str(NEUTRAL_FONT), 32)
    ImageDraw.Draw(picture).text((62, 113), "Reges", fill=(190, 220, 200), font=font)
    image = np.ascontiguousarray(np.asarray(picture)[:, ::-1])  # mirrored
    quad = quad_from_box(image.shape[1] - 60 - 120, 112, 120, 40)
    place = EditTarget(quad, quad_mask(grow_quad(quad, 3), image.shape[:2]))
    changed = (editor.edit(image, place, "TAXI", QUICK).image != image).any(axis=2)
    assert changed.sum() > 0.6 * place.mask.sum()


@pytest.mark.parametrize("feather_px", [4, 12])
def test_with_a_feather_the_edit_fades_in_from_the_masks_edge(editor: TextEditor, feather_px: float) -> None:
    image = sign()
    place = target(image)
    wide = replace(place, mask=quad_mask(grow_quad(place.quad_px, 14), image.shape[:2]))
    hard, soft = (
        editor.edit(image, wide, "TAXI", replace(QUICK, feather_px=asked)).image.astype(np.float32) - image
        for asked in (0, feather_px)
    )
    assert not hard[~wide.mask].any() and not soft[~wide.mask].any()
    area = hard.any(axis=2)
    assert area.sum() > 0.9 * wide.mask.sum()  # not around the letters only
    depth_px = np.floor(cv2.distanceTransform(wide.mask.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
    told = (np.abs(hard) >= 12).any(axis=2)
    depths = np.arange(1, feather_px + 3)
    shares = [
        (soft * hard)[told & (depth_px == depth)].sum() / np.square(hard)[told & (depth_px == depth)].sum()
        for depth in depths
    ]
    ratio = np.minimum(depths / feather_px, 1)
    np.testing.assert_allclose(shares, ratio * ratio * (3 - 2 * ratio), atol=0.1)
    assert min(np.diff(shares)) > -0.02 and shares[-1] > 0.98
    middle = depth_px > feather_px + 2
    assert np.array_equal(soft[middle], hard[middle])


def test_same_seed_same_bytes_and_another_seed_another_picture(editor: TextEditor) -> None:
    first, again = edit(editor), edit(editor)
    assert first.image.tobytes() == again.image.tobytes()
    assert edit(editor, options=replace(QUICK, seed=6)).image.tobytes() != first.image.tobytes()


def test_four_candidates_do_not_change_the_first(editor: TextEditor) -> None:
    alone = edit(editor).candidates[0]
    four = edit(editor, options=replace(QUICK, num_candidates=4))
    (first,) = [c for c in four.candidates if c.index == 0]
    assert first.strip.tobytes() == alone.strip.tobytes() and first.ocr_text == alone.ocr_text
    assert [c.seed for c in sorted(four.candidates, key=lambda c: c.index)] == [5, 6, 7, 8]


def test_candidates_stand_in_order_of_rank(editor: TextEditor) -> None:
    result = edit(editor, options=replace(QUICK, num_candidates=3))
    keys = [(not c.verified, c.char_errors) for c in result.candidates]
    assert keys == sorted(keys)


def test_drawn_again_with_the_same_seed_it_looks_otherwise(editor: TextEditor) -> None:
    options = replace(QUICK, num_candidates=2, verify=False)
    strips = {
        candidate.strip.tobytes()
        for redraw in (0, 1, 2)
        for candidate in edit(editor, options=replace(options, redraw=redraw)).candidates
    }
    assert len(strips) == 6


def test_more_attempts_while_nothing_reads_right_then_typeset(editor: TextEditor) -> None:
    result = edit(editor, options=replace(QUICK, max_attempts=2, fallback="typeset"))
    kinds = [c.kind for c in result.candidates]
    assert result.attempts == 2 and kinds.count("model") == 2 and kinds.count("typeset") == 1
    assert result.best.kind == "typeset" and result.best.verified  # an untrained model can't spell; type can
    assert result.changed_outside_mask_px == 0


def test_without_verifying_nothing_is_read_and_nothing_typeset(editor: TextEditor) -> None:
    result = edit(editor, options=replace(QUICK, verify=False, fallback="typeset"))
    assert [(c.kind, c.ocr_text, c.verified, c.char_errors) for c in result.candidates] == [
        ("model", None, False, None)
    ]


def test_switches_are_reported_and_change_the_result(editor: TextEditor) -> None:
    plain = replace(QUICK.sampler, search_candidates=1, refine=False, blend=False)
    off = edit(editor, options=replace(QUICK, sampler=plain))
    assert not any(off.switched_on[name] for name in ("noise_search", "refinement", "blending", "guidance"))
    strips = {off.candidates[0].strip.tobytes()}
    for change in ({"search_candidates": 3}, {"refine": True}, {"blend": True}, {"guidance_scale": 2.0}):
        result = edit(editor, options=replace(QUICK, sampler=replace(plain, **change)))  # type: ignore[arg-type]
        strips.add(result.candidates[0].strip.tobytes())
    assert len(strips) >= 4  # a search may keep the noise it started from


def test_report_is_json_and_complete(editor: TextEditor) -> None:
    result = edit(editor, options=replace(QUICK, num_candidates=2))
    report = json.loads(json.dumps(result.report(model=editor.model_name)))
    assert report["model"] == "tiny" and report["seed"] == 5 and report["changed_outside_mask_px"] == 0
    assert {"index", "kind", "seed", "ocr_text", "verified", "char_errors", "score"} == set(report["candidates"][0])
    assert {"searching_noise", "drawing", "blending", "checking"} <= set(report["timings_s"])
    assert report["feather_px"] is None and report["redraw"] == 0
    assert report["sampler"]["num_inference_steps"] == QUICK.sampler.num_inference_steps


def test_maps_show_every_character_of_the_text(editor: TextEditor) -> None:
    options = replace(QUICK, num_candidates=2, verify=False)
    result = edit(editor, options=options)
    for candidate in result.candidates:
        maps = candidate.maps
        assert maps is not None and maps.text == "TAXI" and maps.heat.shape == (4, 8, 16)
        assert (maps.heat.max(axis=(1, 2)) == 255).all() and all(0 < peak <= 1 for peak in maps.peaks)
    assert edit(editor, text="", options=options).best.maps is None


def test_maps_lie_where_letters_were_drawn(editor: TextEditor) -> None:
    result = edit(editor)
    assert result.best.maps is not None
    height, width = result.image.shape[:2]
    attended = result.best.maps.heat.max(axis=0) > 0
    to_photo = cv2.getPerspectiveTransform(CORNERS, result.best.maps.quad_px.astype(np.float32))
    seen = cv2.warpPerspective(attended.astype(np.float32), to_photo, (width, height)) > 0.1
    changed = (result.image != sign()).any(axis=2)
    assert changed.any() and not (changed & ~seen).any()
    assert not seen[:30].any() and not seen[140:].any()


def test_progress_names_stages_and_an_exception_in_it_cancels(editor: TextEditor) -> None:
    seen: list[str] = []
    image = sign()
    editor.edit(image, target(image), "TAXI", QUICK, progress=lambda stage, *_: seen.append(stage))
    assert seen[0] == "searching_noise" and {"drawing", "blending", "checking"} <= set(seen)

    def cancel(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        editor.edit(image, target(image), "TAXI", QUICK, progress=cancel)


def test_removal_and_insertion_run(editor: TextEditor) -> None:
    removed = edit(editor, text="")
    assert removed.changed_outside_mask_px == 0 and not removed.switched_on["noise_search"]
    image = sign()
    quad = quad_from_box(60, 115, 120, 30)  # nothing is written there
    place = EditTarget(quad, quad_mask(grow_quad(quad, 3), image.shape[:2]))
    assert editor.edit(image, place, "TAXI", QUICK).changed_outside_mask_px == 0
    styled = replace(place, style_quad_px=target(image).quad_px)
    assert editor.edit(image, styled, "TAXI", QUICK).changed_outside_mask_px == 0


def test_refuses_what_cannot_be_edited(editor: TextEditor) -> None:
    image = sign()
    good = target(image)
    for mask, message in (
        (np.zeros_like(good.mask), "empty"),
        (np.ones_like(good.mask), "whole photo"),
        (good.mask[:-1], "mask is"),
    ):
        with pytest.raises(BadTargetError, match=message):
            editor.edit(image, replace(good, mask=mask), "TAXI", QUICK)


@pytest.mark.parametrize(
    ("text", "message"), [("   ", "3 blanks"), ("x" * 25, "at most 24"), ("a\u65e5b", "\u65e5"), ("a\nb", "charset")]
)
def test_refuses_what_cannot_be_written(text: str, message: str) -> None:
    with pytest.raises(BadTextError, match=message):
        check_text(text)


@pytest.mark.parametrize("text", ["", "Mus\u00e9e du TEXTILE", "x" * 24, "8%"])
def test_accepts_what_can_be_written(text: str) -> None:
    check_text(text)


def test_no_part_of_an_old_word_stays_where_its_strokes_are_found_in_part_only(editor: TextEditor) -> None:
    """On a ground that turns from green to red, faint letters at one end are lost to the search for strokes."""
    height, width = 120, 330
    ramp = np.linspace(0, 1, width)[None, :, None]
    ground = (1 - ramp) * [20, 60, 40] + ramp * [120, 30, 20] + np.zeros((height, 1, 1))
    letters = Image.new("L", (width, height))
    pen, font = ImageDraw.Draw(letters), ImageFont.truetype(str(NEUTRAL_FONT), 34)
    pen.text((30, 40), "Wastrel Gerber", fill=255, font=font)
    coverage = np.asarray(letters, np.float32)[..., None] / 255
    noise = np.random.default_rng(0).normal(0, 2, (height, width, 3))
    image = np.clip(cv2.GaussianBlur(ground + 40 * coverage, (0, 0), 1.0) + noise, 0, 255).astype(np.uint8)
    x0, y0, x1, y1 = pen.textbbox((30, 40), "Wastrel Gerber", font=font)
    quad = quad_from_box(x0 - 3, y0 - 3, x1 - x0 + 6, y1 - y0 + 6)
    place = EditTarget(quad, quad_mask(grow_quad(quad, 5), (height, width)), old_text="Wastrel Gerber")
    edited = editor.edit(image, place, "it", QUICK).image
    stays = (edited == image).all(axis=2) & (coverage[..., 0] > 0.5)
    assert np.count_nonzero(stays) < 0.05 * np.count_nonzero(coverage > 0.5)
