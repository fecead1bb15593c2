"""The built-in model's opinion of faces, loaded once."""

from functools import lru_cache

from models.checkpoints.folders import BUILT_IN
from models.checkpoints.store import load_model
from models.data.faces import Opinion
from models.data.opinions import opinion_of
from models.nets.face_net import FaceMatcher
from models.regions.ink import Ink


@lru_cache(maxsize=1)
def matcher() -> FaceMatcher:
    return load_model(BUILT_IN).face_matcher


def judge(ink: Ink) -> Opinion:
    return opinion_of(ink, matcher())
