"""The family of UDiffText: it paints square crops of the photo anew where the mask is, without a draft."""

from functools import cached_property, partial

from models.charset import MAX_CHARS
from models.checkpoints.crop_store import CropModel
from models.checkpoints.store import load_built_in_matcher
from models.data.opinions import opinion_of
from models.data.stream import to_tensor
from models.data.typeset import FaceJudge
from models.diffusion.ddpm import DdpmScalings, ddpm_levels
from models.errors import BadTextError
from models.nets.label_encoder import LABEL_CHARACTERS, unknown_labels
from models.pipeline.crop_painting import CropPainting, decoded
from models.pipeline.crop_words import WordsPainting
from models.pipeline.families import Painting
from models.pipeline.request import EditOptions, EditTarget, Image
from models.pipeline.scene import Scene


class CropFamily:
    """A `CropModel` and its noise levels."""

    charset = LABEL_CHARACTERS + " "
    max_chars = MAX_CHARS
    draws_over_drafts = False

    def __init__(self, model: CropModel) -> None:
        self.model = model
        self.scalings = DdpmScalings(ddpm_levels(model.config.noise))
        self.max_word_chars = model.config.char_encoder.max_chars

    def check_text(self, text: str) -> None:
        if text and not text.strip():
            raise BadTextError(
                f"text is {len(text)} blanks: give letters to write, or an empty text to remove the word"
            )
        if len(text) > self.max_chars:
            raise BadTextError(f"text has {len(text)} characters, the model takes at most {self.max_chars}: {text!r}")
        if too_long := [word for word in self._words(text) if len(word) > self.max_word_chars]:
            raise BadTextError(
                f"a word has {len(too_long[0])} characters, the model {self.model.name} takes words of at most "
                f"{self.max_word_chars}: {too_long[0]!r}"
            )
        if unknown := unknown_labels(text):
            raise BadTextError(f"characters not in the charset: {unknown}; allowed are printable ASCII and the space")

    @cached_property
    def judge(self) -> FaceJudge:
        """The built-in model's, as UDiffText has none: drafts are for the typeset fallback here."""
        return partial(opinion_of, matcher=load_built_in_matcher())

    def begin(self, image: Image, target: EditTarget, scene: Scene, options: EditOptions) -> Painting:
        words = self._words(scene.text)
        if len(words) == 1:
            return CropPainting(self.model, self.scalings, image, target.mask, scene, words[0], options)
        return WordsPainting(self.model, self.scalings, image, target.mask, scene, words, options)

    def reconstruct(self, strip: Image) -> Image:
        images = to_tensor([strip]).to(self.model.device)
        latents = self.model.autoencoder.encode(images).latent_dist.mode()
        return decoded(self.model, latents * self.model.config.autoencoder.scaling_factor)

    def _words(self, text: str) -> list[str]:
        """The text as it is, or its words where it is too long for one drawing."""
        return [text] if len(text) <= self.max_word_chars else text.split()
