"""A sheet of paper that remembers what was printed on it, and where."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fontpkg_barlow
import fontpkg_barlow_condensed
import fontpkg_ibm_plex_mono
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

FONTS = {
    "Barlow": fontpkg_barlow.ROOT,
    "BarlowCondensed": fontpkg_barlow_condensed.ROOT,
    "IBMPlexMono": fontpkg_ibm_plex_mono.ROOT,
}
Polygon = list[list[float]]
Ink = str | int  # a colour, or a level of grey


@dataclass
class Sheet:
    """Draw on ``image``; every text and barcode is noted with its polygon, in pixels."""

    image: Image.Image
    lines: list[dict[str, Any]] = field(default_factory=list)
    barcodes: list[dict[str, Any]] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, font: ImageFont.FreeTypeFont, *, anchor: str = "ls", ink: Ink) -> int:
        """Print one line with its ``anchor`` (Pillow's names) at (x, y); return its width."""
        draw = ImageDraw.Draw(self.image)
        draw.text((x, y), text, font=font, fill=ink, anchor=anchor)
        box = draw.textbbox((x, y), text, font=font, anchor=anchor)
        self.lines.append({"text": text, "polygon": rectangle(*box)})
        return round(box[2] - box[0])

    def rule(self, y: int, left: int, right: int, *, ink: Ink, width: int = 2, dash: int = 0) -> None:
        """Draw a horizontal rule, dashed if ``dash`` gives the length of its strokes."""
        draw = ImageDraw.Draw(self.image)
        for start in range(left, right, 2 * dash if dash else right - left):
            draw.line([(start, y), (min(start + dash, right) if dash else right, y)], fill=ink, width=width)

    def barcode(self, center_x: int, top: int, text: str, symbology: str, *, module: int, height: int) -> int:
        """Print a linear barcode of that many pixels a module without its human-readable text; return its bottom."""
        symbol = zxingcpp.create_barcode(text, zxingcpp.barcode_format_from_str(symbology)).to_image(
            scale=1, add_hrt=False, add_quiet_zones=False
        )
        row = Image.fromarray(symbol).crop((0, 0, symbol.shape[1], 1))
        bars = row.resize((row.width * module, height), Image.Resampling.NEAREST)
        left = center_x - bars.width // 2
        self.image.paste(bars, (left, top))
        self.barcodes.append(
            {
                "text": text,
                "symbology": symbology,
                "polygon": rectangle(left, top, left + bars.width, top + height),
            }
        )
        return top + height

    def truth(self, fields: dict[str, Any]) -> dict[str, Any]:
        """What is on the sheet, as it stands in the JSON file beside the picture."""
        page = {"width": self.image.width, "height": self.image.height, "lines": self.lines}
        return {"pages": [page], "fields": fields, "barcodes": self.barcodes}


def font(family: str, style: str, size: int) -> ImageFont.FreeTypeFont:
    """Open one of the sample fonts, all under the SIL Open Font License 1.1."""
    return ImageFont.truetype(font_path(family, style), size, layout_engine=ImageFont.Layout.BASIC)


def font_path(family: str, style: str) -> Path:
    """Where a font's file lies."""
    return FONTS[family] / "files" / f"{family}-{style}.ttf"


def rectangle(left: float, top: float, right: float, bottom: float) -> Polygon:
    """The box as a polygon, clockwise from its top-left."""
    return [[round(x, 1), round(y, 1)] for x, y in [(left, top), (right, top), (right, bottom), (left, bottom)]]
