"""A picture of what was found: lines outlined by confidence; beside the page, what its fields and barcodes say."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import Message
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from ocr_server._pb.ocr.v1 import document_pb2, field_pb2, geometry_pb2
from ocr_server._pb.ocr.v1.recognition_pb2 import RecognizeResponse
from ocr_server.cli.show import confidence_style, value_text
from ocr_server.pipeline.decode import decode_page
from ocr_server.pipeline.validate import inspect
from ocr_server.settings import Limits

_CONFIDENCE_COLOURS = {"green": (30, 150, 60), "yellow": (225, 150, 0), "red": (215, 30, 30)}
_FIELD_COLOUR = (20, 90, 210)
_BARCODE_COLOUR = (160, 0, 190)
_PAPER = (250, 250, 250)
_MAX_NOTE_CHARACTERS = 44

_Corners = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class _Note:
    """What the margin says of one place on the page."""

    text: str
    corners: _Corners
    colour: tuple[int, int, int]


def annotate(content: bytes, response: RecognizeResponse, destination: Path, limits: Limits) -> list[Path]:
    """Draw every page; write PNGs beside ``destination`` (``-2`` and so on added from page 2) and return them."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    source = inspect(content, limits)
    written = []
    for page in response.document.pages:
        picture = PillowImage.fromarray(decode_page(content, source, page.page_number, limits).image)
        notes = sorted(_notes(response.document, page.page_number), key=lambda note: _middle_y(note.corners))
        number = f"-{page.page_number}" if page.page_number > 1 else ""
        path = destination.with_name(f"{destination.stem}{number}.png")
        _draw_page(picture, page.lines, notes).save(path)
        written.append(path)
    return written


def _notes(document: document_pb2.Document, page_number: int) -> Iterator[_Note]:
    member = document.WhichOneof("fields")
    for name, field in _fields(getattr(document, member)) if member else ():
        if field.page_number == page_number and field.polygon.vertices:
            yield _Note(f"{name.replace('_', ' ')}: {value_text(field)}", _corners(field.polygon), _FIELD_COLOUR)
    for barcode in document.barcodes:
        if barcode.page_number == page_number:
            yield _Note(f"barcode: {barcode.text}", _corners(barcode.polygon), _BARCODE_COLOUR)


def _fields(fields: Message) -> Iterator[tuple[str, field_pb2.Field]]:
    for descriptor, value in fields.ListFields():
        if isinstance(value, field_pb2.Field):
            yield descriptor.name, value


def _draw_page(page: PillowImage.Image, lines: Iterable[document_pb2.Line], notes: list[_Note]) -> PillowImage.Image:
    """Return the page with its lines outlined and, if there is something to say, a margin at its right."""
    size_px = max(page.size)
    stroke_px = max(1, round(size_px / 800))
    text_px = max(12, round(size_px / 75))
    font = ImageFont.load_default(text_px)
    texts = [_shortened(note.text) for note in notes]
    gap_px = 2 * text_px
    margin_px = round(max((font.getlength(text) for text in texts), default=-2 * gap_px)) + 2 * gap_px

    canvas = PillowImage.new("RGB", (page.width + round(margin_px), page.height), _PAPER)
    canvas.paste(page)
    draw = ImageDraw.Draw(canvas)
    for line in lines:
        colour = _CONFIDENCE_COLOURS[confidence_style(line.confidence)]
        draw.polygon(_corners(line.polygon), outline=colour, width=stroke_px)
    heights_px = _spread([_middle_y(note.corners) for note in notes], 1.5 * text_px, page.height)
    for note, text, y in zip(notes, texts, heights_px, strict=True):
        draw.polygon(note.corners, outline=note.colour, width=2 * stroke_px)
        right, middle = max(x for x, _ in note.corners), _middle_y(note.corners)
        at = page.width + gap_px
        draw.line([(right, middle), (page.width, y), (at - stroke_px * 4, y)], fill=note.colour, width=stroke_px)
        draw.text((at, y), text, fill=note.colour, font=font, anchor="lm")
    return canvas


def _spread(wanted_px: list[float], step_px: float, height_px: float) -> list[float]:
    """Move sorted heights down until each has its step, then up again from the foot of the page."""
    placed: list[float] = []
    for y in wanted_px:
        placed.append(max(y, step_px if not placed else placed[-1] + step_px))
    floor = height_px - step_px / 2
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], floor)
        floor = placed[i] - step_px
    return placed


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MAX_NOTE_CHARACTERS else f"{text[: _MAX_NOTE_CHARACTERS - 1]}…"


def _middle_y(corners: _Corners) -> float:
    return sum(y for _, y in corners) / len(corners)


def _corners(polygon: geometry_pb2.Polygon) -> _Corners:
    return [(vertex.x, vertex.y) for vertex in polygon.vertices]
