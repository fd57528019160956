"""Examples become batches: images padded to one width, and what each encoder column should see there.

Column targets, from glyph positions: `character` is the token under the column (the middle 60% of a glyph,
otherwise blank), `position` the index of the character whose advance covers it. Real lines have neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.train.charset import BLANK, EOS, PAD, encode
from ocr_models.trocr.line_image import COLUMN_PX, HEIGHT_PX, Gray, padded_width_px

MAX_CHARACTERS = 96
IGNORE = -100


@dataclass(frozen=True, slots=True)
class Example:
    """One line to learn: its image (32, W), what it says, and where its glyphs stand (rendered lines only)."""

    image: Gray
    text: str
    spans_px: NDArray[np.float32] | None

    @property
    def columns(self) -> int:
        """Encoder columns that the image takes."""
        return -(-int(self.image.shape[1]) // COLUMN_PX)


@dataclass(frozen=True, slots=True)
class Batch:
    """B lines, T columns, L tokens. `tokens` begins and ends with `EOS`, as TrOCR's decoder does."""

    images: NDArray[np.uint8]  # (B, 32, 4 T)
    tokens: NDArray[np.int64]  # (B, L), PAD behind
    character_at: NDArray[np.int64]  # (B, T), IGNORE for real lines
    position_at: NDArray[np.int64]  # (B, T), IGNORE where no character is
    is_real: NDArray[np.bool_]  # (B,)


def collate(examples: Sequence[Example], extra_px: int = 0) -> Batch:
    """Pad `examples` to one width, `extra_px` wider than needed."""
    width = padded_width_px(max(example.image.shape[1] for example in examples) + extra_px)
    count, columns = len(examples), width // COLUMN_PX
    images = np.full((count, HEIGHT_PX, width), 255, np.uint8)
    tokens = np.full((count, max(len(example.text) for example in examples) + 2), PAD, np.int64)
    tokens[:, 0] = EOS
    character_at = np.full((count, columns), BLANK, np.int64)
    position_at = np.full((count, columns), IGNORE, np.int64)
    for row, example in enumerate(examples):
        images[row, :, : example.image.shape[1]] = example.image
        ids = encode(example.text)
        tokens[row, 1 : len(ids) + 1] = ids
        tokens[row, len(ids) + 1] = EOS
        if example.spans_px is None:
            character_at[row] = IGNORE
        else:
            _mark_columns(character_at[row], position_at[row], ids, example.spans_px)
    is_real = np.array([example.spans_px is None for example in examples])
    return Batch(images, tokens, character_at, position_at, is_real)


def by_width(examples: Sequence[Example], columns_per_batch: int) -> list[list[Example]]:
    """Cut `examples` into groups of similar width whose padded columns stay within a budget."""
    groups: list[list[Example]] = []
    for example in sorted(examples, key=lambda example: example.columns):
        padded = padded_width_px(example.image.shape[1]) // COLUMN_PX
        if groups and (len(groups[-1]) + 1) * padded <= columns_per_batch:
            groups[-1].append(example)
        else:
            groups.append([example])
    return groups


def _mark_columns(
    character_at: NDArray[np.int64], position_at: NDArray[np.int64], ids: Sequence[int], spans_px: NDArray[np.float32]
) -> None:
    """Fill one row of targets. Equal neighbours keep a blank column between them, as CTC reads them."""
    last_column = len(character_at) - 1
    used, previous = -2, -1
    for index, (token, (start, end)) in enumerate(zip(ids, spans_px.tolist(), strict=True)):
        middle, reach = (start + end) / 2, 0.3 * (end - start)
        first, last = _columns_within(middle - reach, middle + reach)
        earliest = used + 2 if token == previous else used + 1
        first = min(max(first, earliest, 0), last_column)
        last = min(max(last, first), last_column)
        character_at[first : last + 1] = token
        used, previous = last, token
        first, last = _columns_within(start, end)
        position_at[max(0, min(first, last_column)) : max(0, last) + 1] = index
    # Behind the last character stands the end of the text.
    _, last = _columns_within(*spans_px[-1].tolist())
    position_at[min(last_column, max(0, last + 1)) :] = len(ids)


def _columns_within(start_px: float, end_px: float) -> tuple[int, int]:
    """First and last column whose centre lies in the interval; the nearest one where none does."""
    first = int(np.ceil((start_px - COLUMN_PX / 2) / COLUMN_PX))
    last = int(np.floor((end_px - COLUMN_PX / 2) / COLUMN_PX))
    if last < first:
        first = last = round(((start_px + end_px) / 2 - COLUMN_PX / 2) / COLUMN_PX)
    return first, last
