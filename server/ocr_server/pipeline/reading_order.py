"""The order in which a person reads the lines of a page."""

from collections.abc import Sequence

from ocr_server.domain.document import Line
from ocr_server.extraction.layout import group_rows


def order_lines(lines: Sequence[Line], rotation_degrees: float) -> tuple[Line, ...]:
    """Return the lines top to bottom by rows, left to right within each row.

    rotation_degrees: how far the page is turned clockwise to set its text upright; polygons are those of the
    original image. A remaining tilt of a few degrees and different heights within a row do no harm.
    """
    rows = group_rows([line.polygon for line in lines], rotation_degrees)
    return tuple(lines[i] for row in rows for i in row)
