"""The barcodes of one page: readers look one after the other, until what they saw is sure or all have looked."""

from collections.abc import Sequence
from dataclasses import replace

from ocr_models.types import Image
from ocr_server.domain.barcode import Barcode, Gs1Element
from ocr_server.domain.geometry import Homography
from ocr_server.domain.gtin import claimed_gtin, to_gtin_14
from ocr_server.extraction.gs1 import parse_digital_link, parse_element_strings
from ocr_server.pipeline.barcode_votes import TWO_DIMENSIONAL, Verdict, Votes, leave_out_parts
from ocr_server.pipeline.bars import outline_bars, shows_bars
from ocr_server.ports import BarcodeReader, BarcodeReading, Compute


async def read_barcodes(
    image: Image,
    to_original: Homography,
    page_number: int,
    readers: Sequence[BarcodeReader],
    compute: Compute,
    *,
    thorough: bool = False,
) -> tuple[Barcode, ...]:
    """Return the barcodes of one RGB page, each once, from top to bottom.

    readers: the most accurate first. The next ones are asked until every symbol found is settled; on a page where
    the first finds nothing they are asked only if something looks like bars, or if ``thorough``, because most pages
    have no barcode. Symbols on which the readers disagree without a majority are left out.
    """
    first, *others = readers
    votes = Votes()
    votes.add_look(await first.read_barcodes(image))
    if votes.is_empty and not thorough and not await compute.run(shows_bars, image):
        return ()
    for reader in others:
        if votes.is_settled:
            break
        votes.add_look(await reader.read_barcodes(image))
    outlined = [await compute.run(_outline, verdict, image) for verdict in votes.verdicts()]
    barcodes = [_as_barcode(verdict, to_original, page_number) for verdict in leave_out_parts(outlined)]
    return tuple(sorted(barcodes, key=lambda barcode: barcode.polygon.center[::-1]))


def _outline(verdict: Verdict, image: Image) -> Verdict:
    """Readers tell where a linear symbol was scanned, which is rarely all of it."""
    if verdict.reading.symbology in TWO_DIMENSIONAL:
        return verdict
    polygon = outline_bars(image, verdict.reading.polygon)
    return replace(verdict, reading=replace(verdict.reading, polygon=polygon))


def _as_barcode(verdict: Verdict, to_original: Homography, page_number: int) -> Barcode:
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
    try:
        return parse_element_strings(reading.text) if reading.is_gs1 else parse_digital_link(reading.text)
    except ValueError:  # no GS1 barcode, or not as the standard wants it; the text is kept as it is
        return ()


def _gtin(reading: BarcodeReading, elements: Sequence[Gs1Element]) -> str:
    try:
        return to_gtin_14(claimed_gtin(reading.symbology, reading.text, elements))
    except ValueError:
        return ""
