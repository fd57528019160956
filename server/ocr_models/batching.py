"""Which lines are read together: lines of like width share a batch, so that little of it is padding."""

from collections.abc import Sequence

# PP-OCRv6 small on two cores: from 4 lines on, a larger batch makes a line no cheaper, and 12 make it dearer.
MAX_LINES = 6
MAX_PADDING = 0.15
# Padding included; a batch's memory grows with it. Six lines of a usual length stay below.
MAX_WIDTH_PX = 3200


def plan_batches(
    widths_px: Sequence[int], *, max_lines: int = MAX_LINES, max_width_px: int = MAX_WIDTH_PX
) -> list[list[int]]:
    """Group lines by width; return the indices of each batch, narrow lines first.

    widths_px: widths of the lines after they were scaled to the recognizer's height, all above 0.

    Every index from 0 to ``len(widths_px) - 1`` stands in exactly one batch. A batch of more than one line holds
    ``max_lines`` at most, is ``max_width_px`` wide at most when its lines, padded to the widest, stand side by
    side, and at most MAX_PADDING of that is padding.
    """
    batches: list[list[int]] = []
    batch: list[int] = []
    text_px = 0
    for index in sorted(range(len(widths_px)), key=lambda i: widths_px[i]):
        lines, widest_px = len(batch) + 1, widths_px[index]
        padded_px = lines * widest_px
        padding_px = padded_px - text_px - widest_px
        if batch and (lines > max_lines or padded_px > max_width_px or padding_px > MAX_PADDING * padded_px):
            batches.append(batch)
            batch, text_px = [], 0
        batch.append(index)
        text_px += widest_px
    if batch:
        batches.append(batch)
    return batches
