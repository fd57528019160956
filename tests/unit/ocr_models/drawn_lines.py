"""Text lines that are drawn here, so that what stands where is known, and what holds for whatever reads them."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from ocr_models.types import Image, ReadText
from ocr_models.words import split_words

MARGIN_PX = 4


def draw(text: str, font: ImageFont.ImageFont, *, ink: str = "black", paper: str = "white") -> Image:
    left, top, right, bottom = font.getbbox(text)
    size = round(right - left) + 2 * MARGIN_PX, round(bottom - top) + 2 * MARGIN_PX
    image = PillowImage.new("RGB", size, paper)
    ImageDraw.Draw(image).text((MARGIN_PX - left, MARGIN_PX - top), text, font=font, fill=ink)
    return np.asarray(image)


def inked_columns(crop: Image) -> NDArray[np.intp]:
    return np.flatnonzero((crop < 128).any(axis=(0, 2)))


def check_form(read: ReadText) -> None:
    """What a recognizer may return, whatever it has seen."""
    count = len(read.text)
    assert read.char_confidences.shape == (count,)
    assert read.char_spans.shape == (count, 2)
    assert ((read.char_confidences >= 0) & (read.char_confidences <= 1)).all()
    assert 0 <= read.confidence <= 1
    assert read.text == " ".join(read.text.split())
    if not read.text:
        assert read.confidence == 0
    edges = read.char_spans.ravel()
    assert (np.diff(edges) >= -1e-6).all()
    assert ((edges >= 0) & (edges <= 1)).all()


def check_places(read: ReadText, text: str, font: ImageFont.ImageFont, *, within_px: float) -> None:
    """The words of `text`, drawn by `draw`, stand where they were printed."""
    width_px, position = draw(text, font).shape[1], 0
    for word, printed in zip(split_words(read), text.split(), strict=True):
        position = text.index(printed, position)
        inked = inked_columns(draw(text[: position + len(printed)], font))
        left = inked[inked >= MARGIN_PX + font.getlength(text[:position]) - 1][0]
        assert word.start * width_px == pytest.approx(left, abs=within_px), (text, printed)
        assert word.end * width_px == pytest.approx(inked[-1] + 1, abs=within_px), (text, printed)
        position += len(printed)
