import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.charset import CHARSET
from models.data.faces import DEFAULT_FACE, FACES_SHOWN, Setting, closest_settings, draw, faces_for, own_slant
from models.data.glyphs import FONT_FOLDER, load_font
from models.data.likeness import likenesses
from models.data.typeset import StyleWord, typeset
from models.regions.ink import Box, estimate_ink
from tests.models.judging import judge

SIZE = (64, 256)
TEXT_BOX: Box = (48.0, 12.0, 208.0, 52.0)
GROUND = np.array([60, 90, 150], np.float32)
INK = np.array([240, 235, 210], np.float32)


def sign(text: str, face: str = "narrow-bold.ttf", *, noise: float = 3.0, slant: float = 0.0) -> NDArray[np.uint8]:
    """A word on a plain sign, a little soft and grainy."""
    setting = Setting(FONT_FOLDER / face, slant=slant, scale_x_px=40, scale_y_px=40, centre_x=128, baseline_y=44)
    alpha = draw(text, setting, SIZE, max_width_px=160, blur_px=0.6).coverage[..., None]
    picture = GROUND * (1 - alpha) + INK * alpha + np.random.default_rng(0).normal(0, noise, (*SIZE, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


def quad_mask() -> NDArray[np.bool_]:
    mask = np.zeros(SIZE, np.bool_)
    mask[8:56, 44:212] = True
    return mask


def set_word(
    strip: NDArray[np.uint8],
    *,
    mask: NDArray[np.bool_],
    old_text: str | None,
    new_text: str,
    text_box: Box = TEXT_BOX,
    style: StyleWord | None = None,
) -> NDArray[np.uint8]:
    """`typeset` with the ink that is found there."""
    ink = estimate_ink(strip, text_box)
    drafts = typeset(
        strip, ink=ink, mask=mask, text_box=text_box, old_text=old_text, new_text=new_text, style=style, judge=judge
    )
    return drafts[0].strip


def test_new_word_is_nearly_what_the_same_face_would_have_drawn() -> None:
    result = set_word(sign("Market"), mask=quad_mask(), old_text="Market", new_text="Garden")
    difference = result.astype(float) - sign("Garden")
    unchanged = sign("Market").astype(float) - sign("Garden")
    assert np.abs(difference).mean() < 0.3 * np.abs(unchanged).mean()


def test_pixels_outside_the_mask_stay_the_same() -> None:
    strip, mask = sign("Market"), quad_mask()
    mask[:, 150:] = False
    result = set_word(strip, mask=mask, old_text="Market", new_text="Garden")
    np.testing.assert_array_equal(result[~mask], strip[~mask])


def test_empty_text_leaves_ground_with_its_grain() -> None:
    result = set_word(sign("Market"), mask=quad_mask(), old_text="Market", new_text="")
    inside = result[12:52, 48:208].astype(float)
    np.testing.assert_allclose(inside.mean(axis=(0, 1)), GROUND, atol=2)
    assert inside.std(axis=(0, 1)).mean() == pytest.approx(3.0, rel=0.35)


def test_edge_of_the_sign_inside_the_mask_survives_the_removal() -> None:
    strip = sign("Market")
    strip[:, 46:49] = (200, 30, 30)
    result = set_word(strip, mask=quad_mask(), text_box=(52.0, 12.0, 204.0, 52.0), old_text="Market", new_text="")
    np.testing.assert_allclose(result[:, 47].mean(axis=0), strip[:, 47].mean(axis=0), atol=3)


def test_long_word_stays_within_the_room_of_the_mask() -> None:
    result = set_word(sign("Market"), mask=quad_mask(), old_text="Market", new_text="Supermarkets of")
    rim = np.abs(result[:, 44:47].astype(float) - GROUND).mean()
    assert rim < 8


def test_without_an_old_text_the_word_has_the_old_colour_and_height() -> None:
    result = set_word(sign("HOTEL"), mask=quad_mask(), old_text=None, new_text="HOUSE")
    old, new = estimate_ink(sign("HOTEL"), TEXT_BOX), estimate_ink(result, TEXT_BOX)
    np.testing.assert_allclose(new.ink_colour, old.ink_colour, atol=15)
    assert new.box[3] - new.box[1] == pytest.approx(old.box[3] - old.box[1], rel=0.25)


def test_letters_boxes_lie_on_their_ink() -> None:
    strip = sign("Market")
    ink = estimate_ink(strip, TEXT_BOX)
    drafts = typeset(
        strip, ink=ink, mask=quad_mask(), text_box=TEXT_BOX, old_text="Market", new_text="Ga en", judge=judge
    )
    drawn = drafts[0]
    inside = np.zeros(SIZE, np.bool_)
    for x0, y0, x1, y1 in np.round(drawn.char_boxes).astype(int):
        inside[max(y0 - 2, 0) : y1 + 2, max(x0 - 2, 0) : x1 + 2] = True
    assert (drawn.char_boxes[2] == 0).all() and (drawn.char_boxes[[0, 1, 3, 4], 2] > 0).all()
    assert drawn.coverage[inside].sum() > 0.97 * drawn.coverage.sum()


def test_style_of_another_word_brings_its_colour_and_keeps_the_place() -> None:
    strip, other = sign("Market"), 255 - sign("Hours", "serif-bold.otf")
    style = StyleWord(other, TEXT_BOX, "Hours")
    drawn = set_word(strip, mask=quad_mask(), old_text="Market", new_text="Garden", style=style)
    ink, wanted = estimate_ink(drawn, TEXT_BOX), estimate_ink(other, TEXT_BOX)
    np.testing.assert_allclose(ink.ink_colour, wanted.ink_colour, atol=25)
    old = estimate_ink(strip, TEXT_BOX)
    assert ink.box[3] - ink.box[1] == pytest.approx(old.box[3] - old.box[1], rel=0.3)


def test_empty_wall_takes_a_word_that_can_be_seen() -> None:
    wall = np.full((*SIZE, 3), 210, np.uint8)
    result = set_word(wall, mask=quad_mask(), old_text=None, new_text="HERE")
    assert result[12:52, 48:208].min() < 60


@pytest.mark.parametrize("face", ["serif-bold.otf", "narrow-bold.ttf", "mono-bold.otf", "script-bold.otf", "brush.otf"])
def test_a_face_like_the_word_s_own_is_chosen(face: str) -> None:
    ink = estimate_ink(sign("Harbour", face), TEXT_BOX)
    (setting, _), *_ = closest_settings(ink.mask, ink.box, "Harbour", "Garden", judge(ink), ranks=range(1))
    assert likenesses([setting.face], [FONT_FOLDER / face])[0, 0] > 0.95


def test_slant_is_recognised() -> None:
    ink = estimate_ink(sign("Harbour", "sans-bold.otf", slant=0.2), TEXT_BOX)
    (setting, _), *_ = closest_settings(ink.mask, ink.box, "Harbour", "Garden", judge(ink), ranks=range(1))
    assert own_slant(setting.face) + setting.slant == pytest.approx(0.2, abs=0.08)


def test_letters_have_no_more_grain_than_the_old_ones() -> None:
    rough = np.random.default_rng(2).normal(0, 14, (*SIZE, 3))
    setting = Setting(FONT_FOLDER / "sans-bold.otf", scale_x_px=52, scale_y_px=52, centre_x=128, baseline_y=50)
    alpha = draw("MET", setting, SIZE, max_width_px=160, blur_px=0.5).coverage[..., None]
    painted = np.clip((GROUND + 40 + rough) * (1 - alpha) + INK * alpha, 0, 255).astype(np.uint8)
    noisy = np.clip((GROUND + 40) * (1 - alpha) + (INK - 40) * alpha + rough, 0, 255).astype(np.uint8)
    grains = []
    for strip in (painted, noisy):
        ink = estimate_ink(strip, TEXT_BOX)
        (draft,) = typeset(
            strip, ink=ink, mask=quad_mask(), text_box=TEXT_BOX, old_text="MET", new_text="TEM", judge=judge
        )
        core = cv2.erode(draft.coverage, np.ones((5, 5), np.uint8)) > 0.98
        grains.append(float(draft.strip[core].std(axis=0).mean()))
    assert grains[0] < 5 and grains[1] > 2 * grains[0]


def test_several_drafts_are_in_several_faces_and_the_first_stays_the_same() -> None:
    strip = sign("Market")
    ink = estimate_ink(strip, TEXT_BOX)
    one, four = (
        typeset(
            strip,
            ink=ink,
            mask=quad_mask(),
            text_box=TEXT_BOX,
            old_text="Market",
            new_text="Garden",
            judge=judge,
            ranks=range(count),
        )
        for count in (1, 4)
    )
    np.testing.assert_array_equal(one[0].strip, four[0].strip)
    assert len({draft.setting.face for draft in four if draft.setting}) == 4


def test_drawn_again_it_is_in_other_faces_until_the_first_come_again_in_other_weights() -> None:
    strip = sign("Market")
    ink = estimate_ink(strip, TEXT_BOX)
    settings = [
        draft.setting
        for start in range(0, FACES_SHOWN + 4, 4)
        for draft in typeset(
            strip,
            ink=ink,
            mask=quad_mask(),
            text_box=TEXT_BOX,
            old_text="Market",
            new_text="Garden",
            judge=judge,
            ranks=range(start, start + 4),
        )
        if draft.setting
    ]
    first, again = settings[:4], settings[FACES_SHOWN:]
    assert len({setting.face for setting in settings[:FACES_SHOWN]}) == FACES_SHOWN
    assert [setting.face for setting in again] == [setting.face for setting in first]
    assert [(one.weight_em, one.spacing_em) for one in again] != [(one.weight_em, one.spacing_em) for one in first]


def test_drawn_again_an_unknown_word_is_in_other_plain_faces() -> None:
    wall = np.full((*SIZE, 3), 210, np.uint8)
    ink = estimate_ink(wall, TEXT_BOX)
    faces = [
        [
            draft.setting.face
            for draft in typeset(
                wall,
                ink=ink,
                mask=quad_mask(),
                text_box=TEXT_BOX,
                old_text=None,
                new_text="HERE",
                judge=judge,
                ranks=ranks,
            )
            if draft.setting
        ]
        for ranks in (range(4), range(4, 8), range(8, 12))
    ]
    assert faces[0] == [DEFAULT_FACE]
    assert len({*faces[0], *faces[1], *faces[2]}) >= 8


def test_an_old_text_that_the_strokes_can_t_be_gives_the_plain_face() -> None:
    strip = sign("Harbour")
    ink = estimate_ink(strip, TEXT_BOX)
    four = range(4)
    draft, *others = typeset(
        strip, ink=ink, mask=quad_mask(), text_box=TEXT_BOX, old_text="l", new_text="Garden", judge=judge, ranks=four
    )
    assert draft.setting is not None and draft.setting.face == DEFAULT_FACE and not others


def test_accents_of_the_old_word_do_no_harm() -> None:
    strip = sign("Theatre")
    plain = set_word(strip, mask=quad_mask(), old_text="Theatre", new_text="Fontaine")
    accented = set_word(strip, mask=quad_mask(), old_text="Théâtre", new_text="Fontaine")
    np.testing.assert_array_equal(plain, accented)


def test_character_without_a_glyph_is_refused() -> None:
    with pytest.raises(ValueError, match=r"not in the charset.*ß"):
        set_word(sign("Market"), mask=quad_mask(), old_text="Market", new_text="Straße")


def test_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="the mask must be"):
        set_word(sign("Market"), mask=np.zeros((64, 128), np.bool_), old_text=None, new_text="a")


def test_every_face_has_the_characters_it_is_offered_for() -> None:
    for character in CHARSET.strip():
        for face in faces_for(character):
            font = load_font(face, 40)
            glyph, missing = font.getmask(character), font.getmask("\U0010fffd")
            assert glyph.size != missing.size or bytes(glyph) != bytes(missing), f"{face.name} lacks {character!r}"
        assert DEFAULT_FACE in faces_for(character)


def test_blur_widens_edges_and_keeps_the_amount_of_ink() -> None:
    setting = Setting(DEFAULT_FACE, scale_x_px=36, scale_y_px=36, centre_x=128, baseline_y=44)
    sharp = draw("Garden", setting, SIZE, max_width_px=200, blur_px=0.0).coverage
    soft = draw("Garden", setting, SIZE, max_width_px=200, blur_px=1.5).coverage
    assert soft.sum() == pytest.approx(sharp.sum(), rel=0.02)
    steps = [np.abs(cv2.Sobel(c, cv2.CV_32F, 1, 0)).max() for c in (sharp, soft)]
    assert steps[1] < 0.6 * steps[0]
