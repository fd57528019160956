"""A PDF page's own text: taken where it is what the page shows, so that nothing has to be read from pixels.

pdfium gives characters in the order they are drawn, with the spaces and line ends it infers between them. Here
they become words and lines with a place on the drawn page, and are held against the picture: characters without
ink (white on white, hidden behind a picture, invisible) are not what a reader sees.
"""

import ctypes
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from ocr_models.types import Image

# Fewer than this is a stamp or a page number on a page whose text is elsewhere; more could hardly be read.
_MIN_CHARACTERS, _MAX_CHARACTERS = 24, 15_000
# A page that pictures cover to more than this is a scan; its text layer, if any, is another reader's guess.
_MAX_PICTURE_SHARE = 0.5
# Fonts without a Unicode table give private, unassigned or control characters; their text has to be read.
_MAX_STRANGE_SHARE = 0.02
# Text is letters and digits for the most part; glyph numbers taken for characters are mostly signs.
_MIN_ALPHANUMERIC_SHARE = 0.6
# The least difference in one of the three colours that shows.
_INK_CONTRAST = 24
# A gap this many times the text's height parts two lines (columns of a table), as a line detector would.
_COLUMN_GAP = 1.5
_SAME_DIRECTION = np.cos(np.radians(2))
_HYPHENS = (0x02, 0xAD)  # pdfium marks a hyphen at a line's end by 2
_LIGATURES = range(0xFB00, 0xFB07)


@dataclass(frozen=True, slots=True, eq=False)
class TextWord:
    """A word of a text layer; quad float32 (4, 2), pixels of the drawn page, from the word's own top-left."""

    text: str
    quad: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TextLine:
    """A line of a text layer: its words joined by spaces, and the quad around them all."""

    text: str
    quad: NDArray[np.float32]
    words: tuple[TextWord, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Characters:
    """The characters of a page in drawing order, spaces and line ends included.

    text: one entry a character. direction: float64 (n, 2), the unit vector along each one's text, in pixels.
    ink, body: float64 (n, 4), left, top, right, bottom along and across that direction: the glyph itself, and
    its font's whole height. hidden: bool (n,), drawn in the invisible mode.
    """

    text: tuple[str, ...]
    direction: NDArray[np.float64]
    ink: NDArray[np.float64]
    body: NDArray[np.float64]
    hidden: NDArray[np.bool_]


def read_text_layer(page: pypdfium2.PdfPage, image: Image) -> tuple[TextLine, ...]:
    """Return the lines of a page drawn as ``image``, in the order they are drawn; none where the layer is not the
    page's visible text: a scan (pictures cover half of it), too few characters, or a font without Unicode.

    Text that is part of a picture on the page, such as a logo's, is not among the lines.
    """
    if _picture_share(page) > _MAX_PICTURE_SHARE:
        return ()
    with closing(page.get_textpage()) as textpage:
        if not _MIN_CHARACTERS <= textpage.count_chars() <= _MAX_CHARACTERS:
            return ()
        characters = _read_characters(textpage, _to_pixels(page, image))
    lines = tuple(_lines(characters, lambda quad: _has_ink(image, quad)))
    return lines if _is_sane("".join(word.text for line in lines for word in line.words)) else ()


def _is_sane(text: str) -> bool:
    strange = sum(unicodedata.category(c) in ("Cc", "Cn", "Co", "Cs") or c == "\ufffd" for c in text)
    alphanumeric = sum(map(str.isalnum, text))
    return (
        len(text) >= _MIN_CHARACTERS
        and strange <= _MAX_STRANGE_SHARE * len(text)
        and alphanumeric >= _MIN_ALPHANUMERIC_SHARE * len(text)
    )


def _picture_share(page: pypdfium2.PdfPage) -> float:
    width_pt, height_pt = page.get_size()
    area = 0.0
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=1):
        left, bottom, right, top = picture.get_bounds()
        area += abs(right - left) * abs(top - bottom)
    return float(area / (width_pt * height_pt))


def _to_pixels(page: pypdfium2.PdfPage, image: Image) -> NDArray[np.float64]:
    """Return the affine map (2, 3) from the page's own coordinates, whatever its box and rotation, to pixels."""
    fine = 1000  # pdfium answers in whole units
    height_px, width_px = image.shape[:2]
    x, y = ctypes.c_int(), ctypes.c_int()

    def locate(page_x: float, page_y: float) -> list[float]:
        pdfium.FPDF_PageToDevice(page, 0, 0, width_px * fine, height_px * fine, 0, page_x, page_y, x, y)
        return [x.value / fine, y.value / fine]

    origin, right, up = np.array([locate(0, 0), locate(1000, 0), locate(0, 1000)])
    return np.column_stack([(right - origin) / 1000, (up - origin) / 1000, origin])


def _read_characters(textpage: pypdfium2.PdfTextPage, to_pixels: NDArray[np.float64]) -> _Characters:
    count = textpage.count_chars()
    text = tuple(_as_text(pdfium.FPDFText_GetUnicode(textpage, i)) for i in range(count))
    angles = np.array([pdfium.FPDFText_GetCharAngle(textpage, i) for i in range(count)])
    direction = np.column_stack([np.cos(angles), np.sin(angles)]) @ to_pixels[:, :2].T
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    hidden = [
        pdfium.FPDFTextObj_GetTextRenderMode(pdfium.FPDFText_GetTextObject(textpage, i))
        == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
        for i in range(count)
    ]
    ink = np.array([textpage.get_charbox(i) for i in range(count)])
    body = np.array([textpage.get_charbox(i, loose=True) for i in range(count)])
    return _Characters(
        text, direction, _along(ink, direction, to_pixels), _along(body, direction, to_pixels), np.array(hidden)
    )


def _as_text(code: int) -> str:
    if code in _HYPHENS:
        return "-"
    if code in _LIGATURES:
        return unicodedata.normalize("NFKC", chr(code))
    return chr(code)


def _along(
    boxes: NDArray[np.float64], direction: NDArray[np.float64], to_pixels: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Turn boxes (n, 4) of left, bottom, right, top on the page into boxes along and across each direction."""
    corners = boxes[:, [[0, 1], [2, 1], [2, 3], [0, 3]]] @ to_pixels[:, :2].T + to_pixels[:, 2]
    across = direction[:, ::-1] * [-1.0, 1.0]
    x = np.einsum("nkc,nc->nk", corners, direction)
    y = np.einsum("nkc,nc->nk", corners, across)
    return np.column_stack([x.min(axis=1), y.min(axis=1), x.max(axis=1), y.max(axis=1)])


def _lines(characters: _Characters, has_ink: Callable[[NDArray[np.float32]], bool]) -> Iterator[TextLine]:
    for words in _split_lines(characters):
        direction = characters.direction[words[0][0]]
        boxes = [_union(characters.ink[word]) for word in words]
        visible = [
            (word, box)
            for word, box in zip(words, boxes, strict=True)
            if not characters.hidden[word].any() and has_ink(_quad(box, direction))
        ]
        if visible:
            yield TextLine(
                text=" ".join("".join(characters.text[i] for i in word) for word, _ in visible),
                quad=_quad(_union(np.array([box for _, box in visible])), direction),
                words=tuple(
                    TextWord("".join(characters.text[i] for i in word), _quad(box, direction)) for word, box in visible
                ),
            )


def _split_lines(characters: _Characters) -> Iterator[list[list[int]]]:
    """Yield lines as lists of words as lists of indices."""
    line: list[list[int]] = []
    starts_word = True
    for i, text in enumerate(characters.text):
        ends_line = text in "\r\n"
        if line and (ends_line or (not text.isspace() and not _continues(characters, line, i))):
            yield line
            line = []
        if text.isspace():
            starts_word = True
        elif starts_word or not line:
            line.append([i])
            starts_word = False
        else:
            line[-1].append(i)
    if line:
        yield line


def _continues(characters: _Characters, line: list[list[int]], i: int) -> bool:
    """Whether a character stands on the line: same direction, same height, and no column's gap away."""
    previous = line[-1][-1]
    if characters.direction[previous] @ characters.direction[i] < _SAME_DIRECTION:
        return False
    left, top, right, bottom = characters.body[previous]
    next_left, next_top, next_right, next_bottom = characters.body[i]
    height = max(bottom - top, next_bottom - next_top)
    gap = max(next_left - right, left - next_right)
    return bool(abs(next_top + next_bottom - top - bottom) < height and gap < _COLUMN_GAP * height)


def _union(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _quad(box: NDArray[np.float64], direction: NDArray[np.float64]) -> NDArray[np.float32]:
    across = direction[::-1] * [-1.0, 1.0]
    corners = box[[[0, 1], [2, 1], [2, 3], [0, 3]]]
    return (corners[:, :1] * direction + corners[:, 1:] * across).astype(np.float32)


def _has_ink(image: Image, quad: NDArray[np.float32]) -> bool:
    height_px, width_px = image.shape[:2]
    left, top = np.floor(quad.min(axis=0)).astype(int).clip(0)
    right, bottom = np.ceil(quad.max(axis=0)).astype(int) + 1
    area = image[top : min(bottom, height_px), left : min(right, width_px)].reshape(-1, 3)
    return bool(area.size) and bool(np.ptp(area, axis=0).max() >= _INK_CONTRAST)
