"""The whole way of a document, from bytes to checked fields. Read this file first."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ocr_server.domain.barcode import Barcode
from ocr_server.domain.document import (
    Check,
    Document,
    DocumentType,
    Engine,
    ImageQuality,
    Page,
    Recognition,
    RecognizeOptions,
)
from ocr_server.domain.errors import EngineUnavailable
from ocr_server.domain.languages import is_written_in_latin
from ocr_server.domain.progress import BarcodesRead, FieldsFound, Stage
from ocr_server.domain.receipt import Receipt
from ocr_server.extraction.barcode_checks import check_barcodes
from ocr_server.extraction.classify import classify
from ocr_server.extraction.layout import read_rows
from ocr_server.extraction.receipt import extract_receipt
from ocr_server.pipeline.barcodes import read_barcodes
from ocr_server.pipeline.decode import DecodedPage, decode_page
from ocr_server.pipeline.preprocess import PreparedPage, measure_quality, prepare
from ocr_server.pipeline.side_by_side import side_by_side
from ocr_server.pipeline.text import PageReader, ReadPage, layer_text
from ocr_server.pipeline.trace import Trace
from ocr_server.pipeline.validate import inspect
from ocr_server.ports import BarcodeReader, Compute, OrientationJudge, ReadingEngine
from ocr_server.settings import Limits

_LEFT_TO_THE_SERVER = {Engine.AUTO, Engine.FAST, Engine.BALANCED, Engine.ACCURATE}


@dataclass(frozen=True, slots=True)
class Parts:
    """What the pipeline works with; bootstrap chooses them.

    engines: who finds and reads lines for each engine a caller may ask for; those that do not run here are absent.
    """

    compute: Compute
    orientation: OrientationJudge
    engines: Mapping[Engine, ReadingEngine]
    barcode_readers: Sequence[BarcodeReader]
    limits: Limits


async def process(
    content: bytes, options: RecognizeOptions, parts: Parts, trace: Trace, *, queue_s: float = 0.0
) -> Recognition:
    """Turn an image or PDF into a document.

    Raises InvalidImage for bytes that cannot be read, EngineUnavailable, DeadlineExceeded. A page without text,
    an unreadable total or a failed check is a result, not an error.
    """
    engine = choose_engine(options, parts.engines)
    reader = PageReader(parts.compute, parts.orientation, engine, options.languages)

    async with trace.step(Stage.VALIDATE):
        source = await parts.compute.run(inspect, content, parts.limits)
    trace.page_count = source.page_count

    pages: list[Page] = []
    barcodes: list[Barcode] = []
    quality: ImageQuality | None = None
    for number in range(1, source.page_count + 1):
        async with trace.step(Stage.DECODE, number):
            decoded = await parts.compute.run(decode_page, content, source, number, parts.limits)
        async with trace.step(Stage.PREPROCESS, number):
            prepared = await parts.compute.run(prepare, decoded.image)

        async with side_by_side() as beside:  # text and barcodes need only the page
            text = beside.create_task(_read_text(decoded, prepared, options, reader, trace))
            codes = beside.create_task(_read_barcodes(prepared, number, options, parts, trace))
        pages.append(text.result().as_page(decoded))
        barcodes.extend(codes.result())
        if quality is None:
            quality = await _judge_quality(decoded, pages[0], parts)

    async with trace.step(Stage.STRUCTURE):
        document_type, receipt, checks = await parts.compute.run(_structure, pages, options.document_type)
    if receipt is not None:
        trace.tell(FieldsFound(receipt))
    async with trace.step(Stage.CHECK):
        checks += check_barcodes(barcodes)

    document = Document(
        document_id=str(uuid.uuid4()),
        document_type=document_type,
        pages=tuple(pages),
        barcodes=tuple(barcodes),
        fields=receipt,
        checks=checks,
        quality=quality,
    )
    return Recognition(document, trace.timing(queue_s), model_versions(engine, parts))


def wanted_engine(options: RecognizeOptions) -> Engine:
    """Return who is to read what the caller wants read.

    Where that was left to the server and one of the languages is not written in Latin letters, that is Tesseract, which
    alone reads them.
    """
    engine = options.engine
    if engine in _LEFT_TO_THE_SERVER and not all(is_written_in_latin(tag) for tag in options.languages):
        return Engine.TESSERACT
    return engine


def choose_engine(options: RecognizeOptions, engines: Mapping[Engine, ReadingEngine]) -> ReadingEngine:
    """Return who reads what the caller wants read. Raises EngineUnavailable, naming those that run here."""
    engine = wanted_engine(options)
    try:
        return engines[engine]
    except KeyError:
        names = ", ".join(sorted(known.value for known in engines))
        raise EngineUnavailable(f"The engine {engine.value} does not run on this server; it has: {names}.") from None


def model_versions(engine: ReadingEngine, parts: Parts) -> str:
    """Who reads with this engine, as ``Recognition.model_versions`` tells it."""
    readers = [f"{reader.name}:{reader.version}" for reader in parts.barcode_readers]
    models = f"{engine.detector.version} {parts.orientation.version} {engine.recognizer.version}".split()
    return " ".join(sorted({*models, *readers}))


async def _read_text(
    decoded: DecodedPage, prepared: PreparedPage, options: RecognizeOptions, reader: PageReader, trace: Trace
) -> ReadPage:
    if options.barcodes_only:
        return ReadPage(lines=(), rotation_degrees=0.0)
    if decoded.text_lines:
        return layer_text(decoded, trace)
    return await reader.read(prepared, decoded.page_number, trace)


async def _read_barcodes(
    prepared: PreparedPage, page_number: int, options: RecognizeOptions, parts: Parts, trace: Trace
) -> tuple[Barcode, ...]:
    async with trace.step(Stage.BARCODES, page_number):
        barcodes = await read_barcodes(
            prepared.image,
            prepared.to_original,
            page_number,
            parts.barcode_readers,
            parts.compute,
            thorough=options.barcodes_only,
        )
    if barcodes:
        trace.tell(BarcodesRead(page_number, barcodes))
    return barcodes


async def _judge_quality(decoded: DecodedPage, page: Page, parts: Parts) -> ImageQuality:
    sharpness, contrast = await parts.compute.run(measure_quality, decoded.image)
    heights_px = sorted(line.polygon.height_px for line in page.lines)
    return ImageQuality(sharpness, contrast, heights_px[len(heights_px) // 2] if heights_px else 0.0)


def _structure(pages: Sequence[Page], hint: DocumentType) -> tuple[DocumentType, Receipt | None, tuple[Check, ...]]:
    rows = read_rows(pages)
    document_type = classify(rows) if hint is DocumentType.UNKNOWN else hint
    if document_type is not DocumentType.RECEIPT:
        return document_type, None, ()
    receipt, checks = extract_receipt(rows)
    return document_type, receipt, checks
