"""Which lines are read together: lines of like width share a batch, so that little of it is padding."""

from collections.abc import Sequence

MAX_LINES = 8
MAX_PADDING = 0.15


def plan_batches(
    widths: Sequence[int], *, max_lines: int = MAX_LINES, max_padding: float = MAX_PADDING
) -> list[list[int]]:
    """Group lines by width; return the indices of each batch, narrow lines first.

    widths: widths of the lines after they were scaled to the recognizer's height, in pixels, all above 0.
    max_lines: the most lines in a batch.
    max_padding: the largest share of a batch's area that may be padding, 0 to 1; a batch is closed before a
        line that would break this.

    Every index from 0 to ``len(widths) - 1`` stands in exactly one batch.
    """
    batches: list[list[int]] = []
    batch: list[int] = []
    text_width = 0
    for index in sorted(range(len(widths)), key=lambda i: widths[i]):
        width = widths[index]
        padded_width = width * (len(batch) + 1)
        padding = padded_width - text_width - width
        if batch and (len(batch) == max_lines or padding > max_padding * padded_width):
            batches.append(batch)
            batch, text_width = [], 0
        batch.append(index)
        text_width += width
    if batch:
        batches.append(batch)
    return batches
