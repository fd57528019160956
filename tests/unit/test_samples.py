"""The committed samples are what their truth says: a sample that lies would make good readers look bad."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from stdnum import ean, iban

PICTURES = ["receipt.png", "receipt-photo.jpg", "product-label.jpg"]
DOCUMENTS = [*PICTURES, "invoice.pdf"]


def _truth(samples: Path, name: str) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads((samples / name).with_suffix(".json").read_text(encoding="utf-8"))
    return truth


@pytest.mark.parametrize("name", PICTURES)
def test_barcodes_decode_to_their_truth_where_they_stand(samples: Path, name: str) -> None:
    (truth,) = _truth(samples, name)["barcodes"]
    picture = Image.open(samples / name)
    (found,) = zxingcpp.read_barcodes(np.asarray(picture.convert("L")))
    assert found.text == truth["text"]
    seen = [(corner.x, corner.y) for corner in _corners(found.position)]
    # The reader's polygon covers scanned rows only, so left and right are held, not top and bottom.
    middles = [np.mean([points[0], points[3]], axis=0) for points in (seen, truth["polygon"])]
    assert abs(middles[0][0] - middles[1][0]) < 0.05 * picture.width


@pytest.mark.parametrize("name", PICTURES)
def test_text_stands_inside_its_polygons(samples: Path, name: str) -> None:
    pixels = np.asarray(Image.open(samples / name).convert("L"))
    for page in _truth(samples, name)["pages"]:
        assert (page["width"], page["height"]) == pixels.shape[::-1]
        for line in page["lines"]:
            corners = np.array(line["polygon"])
            assert _is_clockwise(corners)
            left, top = corners.min(axis=0).astype(int)
            right, bottom = np.ceil(corners.max(axis=0)).astype(int)
            inside = pixels[top:bottom, left:right]
            assert np.ptp(inside) > 90, line["text"]


def test_the_pdf_carries_its_lines_as_text(samples: Path) -> None:
    truth = _truth(samples, "invoice.pdf")
    pdf = pypdfium2.PdfDocument(samples / "invoice.pdf")
    assert len(pdf) == len(truth["pages"]) == 2
    for page, noted in zip(pdf, truth["pages"], strict=True):
        text = page.get_textpage()
        for line in noted["lines"]:
            (left, top), _, (right, bottom), _ = line["polygon"]
            height = page.get_height()
            bounded = text.get_text_bounded(left - 1, height - bottom - 1, right + 1, height - top + 1)
            assert bounded.strip() == line["text"]
        text.close()
        page.close()
    pdf.close()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_fields_can_be_read_and_add_up(samples: Path, name: str) -> None:
    truth = _truth(samples, name)
    fields = truth["fields"]
    if "total" in fields:
        assert Decimal(fields["subtotal"]) + Decimal(fields["tax"]) == Decimal(fields["total"])
        printed = " ".join(line["text"] for page in truth["pages"] for line in page["lines"]).replace(",", "")
        assert {fields["subtotal"], fields["tax"], fields["total"], fields["currency"]} <= set(printed.split())
    if "gtin" in fields:
        assert ean.is_valid(fields["gtin"])
    if "iban" in fields:
        assert iban.is_valid(fields["iban"])


def _corners(position: Any) -> tuple[Any, ...]:
    return position.top_left, position.top_right, position.bottom_right, position.bottom_left


def _is_clockwise(corners: np.ndarray) -> bool:
    x, y = corners[:, 0], corners[:, 1]
    return bool((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() > 0)
