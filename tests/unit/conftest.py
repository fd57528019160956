"""The real detector, and a page of printed lines whose places are known."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from ocr_models.line_detector import LineDetector
from ocr_models.types import Image, Quads

LINES = [
    "THE CORNER SHOP LTD",
    "12 Station Road, Newtown",
    "Tax invoice no. 000417",
    "2 x Brown bread 400g 5.80",
    "1 x Whole milk 2 litres 2.35",
    "Subtotal 8.15",
    "Total including VAT 8.96",
    "Thank you for shopping with us",
]


@pytest.fixture(scope="session")
def model_repository() -> Path:
    return Path(__file__).parents[2] / "model_repository"


@pytest.fixture(scope="session")
def detector(model_repository: Path) -> LineDetector:
    return LineDetector(model_repository / "line_detector/1/model.onnx")


@pytest.fixture(scope="session")
def printed_page() -> tuple[Image, Quads]:
    """The page, and the tight boxes of its lines: ``(n, 4, 2)``."""
    page = PillowImage.new("RGB", (560, 640), "white")
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(26)
    quads = []
    for row, text in enumerate(LINES):
        at = (60, 50 + 66 * row)
        draw.text(at, text, font=font, fill="black")
        left, top, right, bottom = draw.textbbox(at, text, font=font)
        quads.append([[left, top], [right, top], [right, bottom], [left, bottom]])
    return np.asarray(page), np.array(quads, dtype=np.float32)
