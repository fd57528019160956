"""What several readers saw on one page, brought together: which readings are of one symbol, and what it says.

Two-dimensional symbols carry Reed-Solomon error correction: who reads one reads it right. A linear symbol has a
check digit at best, which one misreading in ten passes, so a second reader is asked to confirm it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ocr_server.domain.barcode import Symbology
from ocr_server.domain.geometry import Point, Polygon
from ocr_server.ports import BarcodeReading

TWO_DIMENSIONAL = {
    Symbology.QR_CODE,
    Symbology.MICRO_QR_CODE,
    Symbology.RMQR_CODE,
    Symbology.DATA_MATRIX,
    Symbology.AZTEC,
    Symbology.PDF_417,
    Symbology.MICRO_PDF_417,
    Symbology.MAXICODE,
}

# A reader that meets a linear symbol on one scan line only reports it without height: this much is assumed.
_LEAST_HEIGHT_OF_WIDTH = 1 / 3

# Any stretch of an ITF symbol looks like a whole one, so a short one from a single reader may be a stretch.
_LEAST_DIGITS_OF_LONE_ITF = 6


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a symbol says: the reading of the most accurate reader among those that agree, and all their names."""

    reading: BarcodeReading
    readers: tuple[str, ...]


class Votes:
    """All readings of one page, by symbol."""

    def __init__(self) -> None:
        self._symbols: list[_Symbol] = []
        self._looks = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing was seen so far."""
        return not self._symbols

    @property
    def is_settled(self) -> bool:
        """Whether symbols were seen and more looks could not change the verdicts on them for the better."""
        return bool(self._symbols) and all(symbol.is_settled for symbol in self._symbols)

    def add_look(self, readings: Sequence[BarcodeReading]) -> None:
        """Add what one reader saw; the most accurate comes first."""
        for reading in readings:
            self._symbol_of(reading).sightings.append(_Sighting(self._looks, reading))
        self._looks += 1

    def verdicts(self) -> list[Verdict]:
        """Decide on each symbol; those on which the readers disagree without a majority are left out."""
        return [verdict for symbol in self._symbols if (verdict := symbol.verdict())]

    def _symbol_of(self, reading: BarcodeReading) -> "_Symbol":
        at_place = [symbol for symbol in self._symbols if symbol.is_at_place_of(reading, self._looks)]
        if not at_place:
            self._symbols.append(_Symbol())
            return self._symbols[-1]
        return min(at_place, key=lambda symbol: (not symbol.has(reading), symbol.distance_px(reading)))


def leave_out_parts(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Drop what was read into a part of another symbol: the one of fewer readers, or else the smaller."""

    def weight(verdict: Verdict) -> tuple[bool, int, float]:
        reading = verdict.reading
        return reading.symbology in TWO_DIMENSIONAL, len(verdict.readers), reading.polygon.width_px

    kept: list[Verdict] = []
    for verdict in sorted(verdicts, key=weight, reverse=True):
        if not any(_overlap(verdict.reading.polygon, other.reading.polygon) for other in kept):
            kept.append(verdict)
    return kept


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A reading and the number of the look that brought it."""

    look: int
    reading: BarcodeReading

    @property
    def content(self) -> tuple[Symbology, str]:
        return self.reading.symbology, self.reading.text


@dataclass(slots=True)
class _Symbol:
    """One place on the page, and all that was read there."""

    sightings: list[_Sighting] = field(default_factory=list)

    @property
    def is_settled(self) -> bool:
        return any(content[0] in TWO_DIMENSIONAL or len(self._readers_of(content)) > 1 for content in self._contents())

    def verdict(self) -> Verdict | None:
        """The content that most readers saw, a reader counting once; None if nothing stands out.

        Between equals the first look decides: it is the most accurate reader on the page as it is.
        """
        ranks = {content: self._rank(content) for content in self._contents()}
        best = max(ranks.values())
        winner, *equals = (content for content, rank in ranks.items() if rank == best)
        readers = self._readers_of(winner)
        is_stretch = winner[0] is Symbology.ITF and len(readers) == 1 and len(winner[1]) < _LEAST_DIGITS_OF_LONE_ITF
        if equals or is_stretch:
            return None
        readings = [sighting.reading for sighting in self.sightings if sighting.content == winner]
        is_gs1 = any(reading.is_gs1 for reading in readings)  # not every reader tells
        return Verdict(replace(readings[0], is_gs1=is_gs1), readers)

    def is_at_place_of(self, reading: BarcodeReading, look: int) -> bool:
        """One look does not see one symbol as two side by side, so within it only true overlap counts."""
        for seen in self.sightings:
            in_one_look = seen.look == look and seen.reading.text != reading.text
            if in_one_look and not _overlap(seen.reading.polygon, reading.polygon):
                return False
        return any(_overlap(seen.reading.polygon, reading.polygon, _LEAST_HEIGHT_OF_WIDTH) for seen in self.sightings)

    def distance_px(self, reading: BarcodeReading) -> float:
        return min(math.dist(seen.reading.polygon.center, reading.polygon.center) for seen in self.sightings)

    def has(self, reading: BarcodeReading) -> bool:
        return (reading.symbology, reading.text) in self._contents()

    def _contents(self) -> list[tuple[Symbology, str]]:
        return list(dict.fromkeys(sighting.content for sighting in self.sightings))

    def _readers_of(self, content: tuple[Symbology, str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(s.reading.reader for s in self.sightings if s.content == content))

    def _rank(self, content: tuple[Symbology, str]) -> tuple[bool, int, bool]:
        in_first_look = any(sighting.content == content and sighting.look == 0 for sighting in self.sightings)
        return content[0] in TWO_DIMENSIONAL, len(self._readers_of(content)), in_first_look


def _overlap(a: Polygon, b: Polygon, least_height_of_width: float = 0.0) -> bool:
    """Whether the centre of one lies within the other."""
    return _contains(a, b.center, least_height_of_width) or _contains(b, a.center, least_height_of_width)


def _contains(polygon: Polygon, point: Point, least_height_of_width: float) -> bool:
    center, angle = polygon.center, math.radians(polygon.angle_degrees)
    dx, dy = point.x - center.x, point.y - center.y
    along, across = dx * math.cos(angle) + dy * math.sin(angle), dy * math.cos(angle) - dx * math.sin(angle)
    height_px = max(polygon.height_px, polygon.width_px * least_height_of_width)
    return abs(along) <= polygon.width_px / 2 and abs(across) <= height_px / 2
