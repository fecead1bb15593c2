import numpy as np
import pytest

from models.data.faces import faces_for, own_slant
from models.data.glyphs import FONT_FOLDER
from models.data.likeness import font_shape, likenesses

BOLD, REGULAR, SERIF, SCRIPT = (
    FONT_FOLDER / name for name in ("sans-bold.otf", "sans-regular.otf", "serif-bold.otf", "script-bold.otf")
)


def test_a_font_is_most_like_itself_then_its_relatives() -> None:
    found = likenesses([BOLD], [BOLD, REGULAR, SERIF, SCRIPT])[0]
    assert found[0] == pytest.approx(1.0, abs=2e-3)
    assert list(np.argsort(-found)) == [0, 1, 2, 3]


def test_width_alone_costs_little() -> None:
    narrow, wide = FONT_FOLDER / "narrow-bold.ttf", FONT_FOLDER / "DejaVuSans-Bold.ttf"
    assert font_shape(wide).stretch > 1.2 * font_shape(narrow).stretch
    assert likenesses([narrow], [wide])[0, 0] > likenesses([narrow], [SERIF])[0, 0]


def test_slants_are_measured() -> None:
    assert own_slant(BOLD) == pytest.approx(0.0, abs=0.03)
    assert own_slant(FONT_FOLDER / "texgyreheros-italic.otf") == pytest.approx(0.2, abs=0.05)


def test_every_bundled_face_can_be_compared() -> None:
    faces = faces_for("")
    assert len(faces) >= 80
    assert np.isfinite(likenesses(faces[:2], faces)).all()
