"""The text of one page: find its lines, set it upright, read them, lead every polygon back to the original."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ocr_models.crop import crop_line
from ocr_models.skew import direction_degrees
from ocr_models.types import DetectedLines, Image
from ocr_models.words import split_words
from ocr_server.domain.document import Engine, Line, Page, Word
from ocr_server.domain.geometry import Homography, Polygon, parts_of
from ocr_server.domain.progress import LinesRead, Stage
from ocr_server.pipeline.decode import DecodedPage
from ocr_server.pipeline.preprocess import PreparedPage, set_rightwards
from ocr_server.pipeline.reading_order import order_lines
from ocr_server.pipeline.side_by_side import side_by_side
from ocr_server.pipeline.trace import Trace
from ocr_server.ports import Compute, OrientationJudge, ReadingEngine, ReadLine


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page's lines in reading order, polygons in original pixels, and how far it was turned clockwise."""

    lines: tuple[Line, ...]
    rotation_degrees: float

    def as_page(self, decoded: DecodedPage) -> Page:
        """Join the lines with what decoding knows of the page."""
        height_px, width_px = decoded.image.shape[:2]
        return Page(
            page_number=decoded.page_number,
            width_px=width_px,
            height_px=height_px,
            rotation_degrees=self.rotation_degrees,
            lines=self.lines,
            render_dpi=decoded.render_dpi,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _UprightPage:
    """A page whose quads begin where their text begins, the way back, and how far its original is from upright."""

    image: Image
    lines: DetectedLines
    to_original: Homography
    original_size_px: tuple[int, int]
    rotation_degrees: float


@dataclass(frozen=True, slots=True)
class PageReader:
    """Who finds, turns and reads; the same for every page of a document."""

    compute: Compute
    orientation: OrientationJudge
    engine: ReadingEngine
    languages: Sequence[str] = ()

    async def read(self, prepared: PreparedPage, page_number: int, trace: Trace) -> ReadPage:
        """Read one prepared page."""
        async with trace.step(Stage.DETECT, page_number):
            upright = await self._set_upright(prepared)
        async with trace.step(Stage.RECOGNIZE, page_number):
            lines = await self._read_lines(upright, page_number, trace)
        return ReadPage(order_lines(lines, upright.rotation_degrees), upright.rotation_degrees)

    async def _set_upright(self, prepared: PreparedPage) -> _UprightPage:
        image, to_original = prepared.image, prepared.to_original
        lines = await self.engine.detector.find_lines(image)
        if turned := await self.compute.run(set_rightwards, image, lines):
            image, back = turned
            to_original = back.then(to_original)
            lines = await self.engine.detector.find_lines(image)
        if (await self.orientation.judge(image, lines)).rotation_degrees in (90, 180):
            lines = lines.upside_down()  # the quads run rightwards or downwards, the text the other way
        in_original = DetectedLines(to_original.apply(lines.quads).astype(np.float32), lines.scores)
        rotation_degrees = -direction_degrees(in_original) % 360.0
        return _UprightPage(image, lines, to_original, prepared.original_size_px, rotation_degrees)

    async def _read_lines(self, page: _UprightPage, page_number: int, trace: Trace) -> list[Line]:
        recognizer = self.engine.recognizer
        crops = await self.compute.run(_cut, page.image, page.lines)
        lines: list[Line] = []
        done = 0

        async def read_batch(batch: list[int]) -> None:
            nonlocal done
            read_lines = await recognizer.read_lines([crops[i] for i in batch], self.languages)
            read = tuple(
                _as_line(read_line, page, i)
                for i, read_line in zip(batch, read_lines, strict=True)
                if read_line.text.text
            )
            lines.extend(read)
            done += len(batch)
            trace.tell(LinesRead(page_number, read))
            trace.lines_read(page_number, done, len(crops))

        async with side_by_side() as reading:
            for batch in recognizer.plan_batches(crops):
                reading.create_task(read_batch(batch))
        return lines


def layer_text(decoded: DecodedPage, trace: Trace) -> ReadPage:
    """Take a PDF's own text layer; nothing is read."""
    lines = tuple(
        Line(
            text=line.text,
            confidence=1.0,
            detection_score=1.0,
            polygon=Polygon.from_array(line.quad),
            words=tuple(Word(word.text, 1.0, Polygon.from_array(word.quad)) for word in line.words),
            engine=Engine.PDF_TEXT,
        )
        for line in decoded.text_lines
    )
    trace.tell(LinesRead(decoded.page_number, lines))
    trace.lines_read(decoded.page_number, len(lines), len(lines))
    return ReadPage(order_lines(lines, 0.0), 0.0)


def _cut(image: Image, lines: DetectedLines) -> list[Image]:
    return [crop_line(image, quad)[0] for quad in lines.quads]


def _as_line(read: ReadLine, page: _UprightPage, index: int) -> Line:
    """Join what was read with the line that it was read from, in the original's pixels and frame."""
    words = split_words(read.text)
    spans = np.array([(0.0, 1.0), *((word.start, word.end) for word in words)])
    on_page = parts_of(page.lines.quads[index], spans)
    in_original = page.to_original.apply(on_page).clip(0.0, page.original_size_px)
    whole, *polygons = map(Polygon.from_array, in_original)
    return Line(
        text=read.text.text,
        confidence=read.text.confidence,
        detection_score=float(page.lines.scores[index]),
        polygon=whole,
        words=tuple(Word(word.text, word.confidence, at) for word, at in zip(words, polygons, strict=True)),
        engine=read.engine,
    )
