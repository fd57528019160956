"""The barcodes of one page: several readers look, and where a symbol could be misread they vote.

Two-dimensional symbols carry Reed-Solomon error correction: who reads one reads it right. A linear symbol has a
check digit at best, which one misreading in ten passes, so a second reader is asked to confirm it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ocr_models.types import Image
from ocr_server.domain.barcode import Barcode, Gs1Element, Symbology
from ocr_server.domain.geometry import Homography, Point, Polygon
from ocr_server.domain.gs1 import parse_element_strings
from ocr_server.domain.gtin import claimed_gtin, to_gtin_14
from ocr_server.ports import BarcodeReader, BarcodeReading

_SELF_CORRECTING = {
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


async def read_barcodes(
    image: Image,
    to_original: Homography,
    page_number: int,
    readers: Sequence[BarcodeReader],
    *,
    thorough: bool = False,
) -> tuple[Barcode, ...]:
    """Return the barcodes of one RGB page, each once, from top to bottom.

    readers: the most accurate first. The next ones are asked until every symbol found is settled; on a page where
    the first finds nothing they are asked only if ``thorough``, because most pages have no barcode.
    Symbols on which the readers disagree without a majority are left out.
    """
    symbols: list[_Symbol] = []
    for look, reader in enumerate(readers):
        for reading in await reader.read_barcodes(image):
            _assign(reading, look, symbols)
        if not symbols and not thorough:
            return ()
        if symbols and all(symbol.is_settled for symbol in symbols):
            break
    verdicts = filter(None, (symbol.verdict() for symbol in symbols))
    barcodes = [_as_barcode(verdict, to_original, page_number) for verdict in verdicts]
    return tuple(sorted(barcodes, key=lambda barcode: barcode.polygon.center[::-1]))


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A reading and the number of the look that brought it."""

    look: int
    reading: BarcodeReading

    @property
    def content(self) -> tuple[Symbology, str]:
        return self.reading.symbology, self.reading.text


@dataclass(frozen=True, slots=True)
class _Verdict:
    reading: BarcodeReading
    readers: tuple[str, ...]


@dataclass(slots=True)
class _Symbol:
    """One place on the page, and all that was read there."""

    sightings: list[_Sighting] = field(default_factory=list)

    @property
    def is_settled(self) -> bool:
        """Whether more looks could not change the verdict for the better."""
        return any(
            symbology in _SELF_CORRECTING or len(self._readers_of((symbology, text))) > 1
            for symbology, text in self._contents()
        )

    def verdict(self) -> _Verdict | None:
        """The content that most readers saw, a reader counting once; None if nothing stands out.

        Between equals the first look decides: it is the most accurate reader on the page as it is.
        """
        ranks = {content: self._rank(content) for content in self._contents()}
        best = max(ranks.values())
        winners = [content for content, rank in ranks.items() if rank == best]
        if len(winners) > 1:
            return None
        readings = [sighting.reading for sighting in self.sightings if sighting.content == winners[0]]
        is_gs1 = any(reading.is_gs1 for reading in readings)  # not every reader tells
        return _Verdict(replace(readings[0], is_gs1=is_gs1), self._readers_of(winners[0]))

    def distance_px(self, reading: BarcodeReading, look: int) -> float:
        """How far its centre is from this symbol's; infinite if it stands at another place.

        One look does not see one symbol as two side by side, so within it only true overlap counts.
        """
        distances = [math.inf]
        for seen in self.sightings:
            strict = seen.look == look and seen.reading.text != reading.text
            if _overlap(seen.reading.polygon, reading.polygon, 0.0 if strict else _LEAST_HEIGHT_OF_WIDTH):
                distances.append(math.dist(seen.reading.polygon.center, reading.polygon.center))
            elif strict:
                return math.inf
        return min(distances)

    def has(self, reading: BarcodeReading) -> bool:
        """Whether this content was seen here before."""
        return (reading.symbology, reading.text) in self._contents()

    def _contents(self) -> list[tuple[Symbology, str]]:
        return list(dict.fromkeys(sighting.content for sighting in self.sightings))

    def _readers_of(self, content: tuple[Symbology, str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(s.reading.reader for s in self.sightings if s.content == content))

    def _rank(self, content: tuple[Symbology, str]) -> tuple[bool, int, bool]:
        in_first_look = any(sighting.content == content and sighting.look == 0 for sighting in self.sightings)
        return content[0] in _SELF_CORRECTING, len(self._readers_of(content)), in_first_look


def _assign(reading: BarcodeReading, look: int, symbols: list[_Symbol]) -> None:
    """Add a reading to the symbol at its place, the one of the same content before others, or to a new one."""
    near = [(not symbol.has(reading), symbol.distance_px(reading, look), index) for index, symbol in enumerate(symbols)]
    _, distance_px, index = min(near, key=lambda it: (math.isinf(it[1]), *it), default=(True, math.inf, -1))
    if math.isinf(distance_px):
        symbols.append(_Symbol())
        index = -1
    symbols[index].sightings.append(_Sighting(look, reading))


def _overlap(a: Polygon, b: Polygon, least_height_of_width: float) -> bool:
    """Whether the centre of one lies within the other."""
    return _contains(a, b.center, least_height_of_width) or _contains(b, a.center, least_height_of_width)


def _contains(polygon: Polygon, point: Point, least_height_of_width: float) -> bool:
    center, angle = polygon.center, math.radians(polygon.angle_degrees)
    dx, dy = point.x - center.x, point.y - center.y
    along, across = dx * math.cos(angle) + dy * math.sin(angle), dy * math.cos(angle) - dx * math.sin(angle)
    height_px = max(polygon.height_px, polygon.width_px * least_height_of_width)
    return abs(along) <= polygon.width_px / 2 and abs(across) <= height_px / 2


def _as_barcode(verdict: _Verdict, to_original: Homography, page_number: int) -> Barcode:
    reading = verdict.reading
    elements = _gs1_elements(reading)
    return Barcode(
        symbology=reading.symbology,
        text=reading.text,
        raw_value=reading.raw_value,
        polygon=to_original.map(reading.polygon),
        page_number=page_number,
        gtin=_gtin(reading, elements),
        gs1_elements=elements,
        readers=verdict.readers,
    )


def _gs1_elements(reading: BarcodeReading) -> tuple[Gs1Element, ...]:
    if not reading.is_gs1:
        return ()
    try:
        return parse_element_strings(reading.text)
    except ValueError:  # not as the standard wants it; the text is kept as it is
        return ()


def _gtin(reading: BarcodeReading, elements: Sequence[Gs1Element]) -> str:
    try:
        return to_gtin_14(claimed_gtin(reading.symbology, reading.text, elements))
    except ValueError:
        return ""
