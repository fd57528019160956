"""A picture of what was found: lines coloured by confidence, fields and barcodes named where they stand."""

from collections.abc import Iterator
from pathlib import Path

from google.protobuf.message import Message
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from ocr_server._pb.ocr.v1 import field_pb2, geometry_pb2
from ocr_server._pb.ocr.v1.recognition_pb2 import RecognizeResponse
from ocr_server.cli.show import confidence_style, value_text
from ocr_server.pipeline.decode import decode_page
from ocr_server.pipeline.validate import inspect
from ocr_server.settings import Limits

_COLOURS = {"green": (30, 150, 60), "yellow": (225, 150, 0), "red": (215, 30, 30)}
_FIELD_COLOUR = (20, 90, 210)
_BARCODE_COLOUR = (160, 0, 190)


def annotate(content: bytes, response: RecognizeResponse, destination: Path, limits: Limits) -> list[Path]:
    """Draw every page; write PNGs beside ``destination`` (``-2`` and so on added from page 2) and return them."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    source = inspect(content, limits)
    written = []
    for page in response.document.pages:
        picture = PillowImage.fromarray(decode_page(content, source, page.page_number, limits).image)
        _draw_page(picture, response, page.page_number)
        number = f"-{page.page_number}" if page.page_number > 1 else ""
        path = destination.with_name(f"{destination.stem}{number}.png")
        picture.save(path)
        written.append(path)
    return written


def _draw_page(picture: PillowImage.Image, response: RecognizeResponse, page_number: int) -> None:
    document = response.document
    draw = ImageDraw.Draw(picture)
    stroke_px = max(1, round(max(picture.size) / 800))
    font = ImageFont.load_default(max(11, round(max(picture.size) / 90)))
    for page in document.pages:
        if page.page_number == page_number:
            for line in page.lines:
                draw.polygon(
                    _corners(line.polygon), outline=_COLOURS[confidence_style(line.confidence)], width=stroke_px
                )
    member = document.WhichOneof("fields")
    labels = [(name, f, _FIELD_COLOUR) for name, f in _fields(getattr(document, member))] if member else []
    for name, field, colour in labels:
        if field.page_number == page_number:
            _label(draw, field.polygon, f"{name}: {value_text(field)}", colour, font, 2 * stroke_px)
    for barcode in document.barcodes:
        if barcode.page_number == page_number:
            _label(draw, barcode.polygon, barcode.text, _BARCODE_COLOUR, font, 3 * stroke_px)


def _fields(fields: Message) -> Iterator[tuple[str, field_pb2.Field]]:
    for descriptor, value in fields.ListFields():
        if isinstance(value, field_pb2.Field):
            yield descriptor.name, value


def _label(
    draw: ImageDraw.ImageDraw,
    polygon: geometry_pb2.Polygon,
    text: str,
    colour: tuple[int, int, int],
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    stroke_px: int,
) -> None:
    corners = _corners(polygon)
    if not corners:
        return
    draw.polygon(corners, outline=colour, width=stroke_px)
    shown = text if len(text) <= 48 else f"{text[:47]}…"
    left, top = min(x for x, _ in corners), min(y for _, y in corners)
    box = draw.textbbox((left, top), shown, font=font, anchor="lb")
    draw.rectangle(box, fill=colour)
    draw.text((left, top), shown, fill="white", font=font, anchor="lb")


def _corners(polygon: geometry_pb2.Polygon) -> list[tuple[float, float]]:
    return [(vertex.x, vertex.y) for vertex in polygon.vertices]
