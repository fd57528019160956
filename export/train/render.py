"""Text in a typeface becomes ink, with the place of every glyph: what the dense supervision needs.

Glyphs are set one by one on a baseline, so that each one's extent is known exactly.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from export.train.fonts import SIZES_PX, Typeface
from ocr_models.trocr.line_image import Gray

_MARGIN_PX = 8


@dataclass(frozen=True, slots=True)
class Ink:
    """A drawn line: `coverage` (H, W), 255 where ink is, and where each character stands."""

    text: str
    coverage: Gray
    spans_px: NDArray[np.float32]  # (characters, 2): start and end of each advance, along x
    top_px: int
    bottom_px: int
    baseline_px: int
    size_px: int


@dataclass(frozen=True, slots=True)
class _Glyph:
    mask: Gray | None
    left: int
    top: int
    advance: float


class Typesetter:
    """Sets lines in typefaces drawn at random among those that have all of the characters."""

    def __init__(self, typefaces: Sequence[Typeface], seed: int) -> None:
        self._typefaces = list(typefaces)
        self._random = random.Random(seed)
        self._fonts: dict[tuple[str, int], tuple[ImageFont.FreeTypeFont, dict[str, _Glyph]]] = {}

    def set(self, text: str) -> Ink:
        """Draw `text`; a character that none of some twenty typefaces has is left out."""
        typeface = self._typeface_for(text)
        text = "".join(character for character in text if character in typeface.characters).strip() or "0"
        size_px = self._random.choice(SIZES_PX)
        glyphs = self._glyphs(typeface, size_px, text)
        tracking = 0.0 if self._random.random() < 0.7 else self._random.uniform(-0.05, 0.2) * size_px
        if self._random.random() < 0.12:  # justified text, and columns that hardly part
            wider = self._random.uniform(0.05, 0.8) * size_px
            glyphs = [replace(glyph, advance=glyph.advance + wider * (glyph.mask is None)) for glyph in glyphs]
        ink = _compose(text, glyphs, tracking, size_px)
        kind = self._random.random()
        if kind < 0.14:
            self._underline(ink)
        return _as_dots(ink) if kind > 0.96 else ink

    def _underline(self, ink: Ink) -> None:
        """Rule a line below the text or a part of it, as links, headings and totals have it; sometimes two, or dots."""
        draw, size = self._random, ink.size_px
        first, last = 0, len(ink.text) - 1
        if draw.random() < 0.3:
            first, last = sorted((draw.randint(0, last), draw.randint(0, last)))
        left, right = round(ink.spans_px[first, 0]), round(ink.spans_px[last, 1])
        if draw.random() < 0.2:  # the rule of a table, or a form's line to write on
            left, right = 0, ink.coverage.shape[1]
        thick = max(1, round(draw.uniform(0.03, 0.1) * size))
        y = ink.baseline_px + max(1, round(draw.uniform(0.05, 0.22) * size))
        rule = np.full(right - left, draw.randint(150, 255), np.uint8)
        if draw.random() < 0.12:
            rule[np.arange(right - left) // thick % 2 == 0] = 0
        for top in (y, y + 2 * thick) if draw.random() < 0.12 else (y,):
            under = ink.coverage[top : top + thick, left:right]
            np.maximum(under, rule, out=under)

    def _typeface_for(self, text: str) -> Typeface:
        wanted = set(text)
        candidates = self._random.choices(self._typefaces, k=20)
        return max(candidates, key=lambda face: len(wanted & face.characters))  # the first of the best

    def _glyphs(self, typeface: Typeface, size_px: int, text: str) -> list[_Glyph]:
        key = (str(typeface.path), size_px)
        if key not in self._fonts:
            self._fonts[key] = (ImageFont.truetype(*key, layout_engine=ImageFont.Layout.BASIC), {})
        font, cache = self._fonts[key]
        for character in text:
            if character not in cache:
                mask, (left, top) = font.getmask2(character, "L", anchor="ls")
                width, height = mask.size
                drawn = np.asarray(mask, np.uint8).reshape(height, width) if width * height else None
                cache[character] = _Glyph(drawn, left, top, font.getlength(character))
        return [cache[character] for character in text]


def _compose(text: str, glyphs: Sequence[_Glyph], tracking: float, size_px: int) -> Ink:
    """Set `glyphs` side by side on one baseline."""
    ends = _MARGIN_PX + np.cumsum([max(glyph.advance + tracking, 1.0) for glyph in glyphs])
    starts = np.concatenate(([_MARGIN_PX], ends[:-1]))
    tops = [glyph.top for glyph in glyphs if glyph.mask is not None] or [-size_px]
    bottoms = [glyph.top + glyph.mask.shape[0] for glyph in glyphs if glyph.mask is not None] or [0]
    # Room above and below for a neighbour line or a loose crop.
    baseline = size_px - min(tops)
    coverage = np.zeros((baseline + max(bottoms) + size_px, int(ends[-1]) + 2 * _MARGIN_PX), np.uint8)
    for glyph, start in zip(glyphs, starts, strict=True):
        if glyph.mask is None:
            continue
        x, y = max(0, round(start + glyph.left)), baseline + glyph.top
        under = coverage[y : y + glyph.mask.shape[0], x : x + glyph.mask.shape[1]]
        np.maximum(under, glyph.mask[: under.shape[0], : under.shape[1]], out=under)
    spans = np.stack([starts, ends], axis=1).astype(np.float32)
    return Ink(text, coverage, spans, baseline + min(tops), baseline + max(bottoms), baseline, size_px)


def _as_dots(ink: Ink, needles: int = 11) -> Ink:
    """The line as a dot-matrix printer strikes it: the shape sampled on a coarse grid, a round dot each."""
    height, width = ink.coverage.shape
    pitch = max(2.2, (ink.bottom_px - ink.top_px) / needles)
    grid = cv2.resize(ink.coverage, (round(width / pitch), round(height / pitch)), interpolation=cv2.INTER_AREA) > 100
    cell = 5
    dot = np.zeros((cell, cell), np.uint8)
    cv2.circle(dot, (cell // 2, cell // 2), cell // 2, 255, -1)
    struck = np.kron(grid.astype(np.uint8), dot)
    coverage = cv2.resize(struck, (width, height), interpolation=cv2.INTER_AREA)
    return replace(ink, coverage=coverage.astype(np.uint8))
