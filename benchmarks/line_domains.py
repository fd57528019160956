"""Lines to read, of three kinds, as crops in a folder each: receipts, unseen typefaces, invoices.

Crops are cut once into an ignored folder; delete it to have them cut anew.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray

from benchmarks.dataset import REPOSITORY
from ocr_models.types import Image
from ocr_server.pipeline.pdf_text import read_text_layer

CACHE = REPOSITORY / "logs" / "lines"
INVOICE_DPI = (100, 150, 200)
_POINTS_PER_INCH = 72
_MARGIN_PX = 2
_SEED = 5


@dataclass(frozen=True, slots=True)
class TrueLine:
    """A crop of one line, the page it is from, and what it says."""

    path: Path
    page: str
    text: str


@dataclass(frozen=True, slots=True)
class Domain:
    """Lines of one kind. Where `cased` is False, the truth knows neither letter case nor where spaces stand exactly."""

    name: str
    cased: bool
    lines: list[TrueLine]


def find_domains(data: Path, limit: int) -> list[Domain]:
    """All that can be made here, at most `limit` lines each (0: all): what is absent is left out.

    data: the folder with `sroie/eval` and `invoices`. Typefaces are drawn by `benchmarks.typeface_lines` beforehand.
    """
    domains = []
    if (data / "sroie" / "eval").is_dir():
        receipts = _cached(CACHE / "receipts", partial(_cut_receipts, data / "sroie" / "eval"))
        domains.append(Domain("receipts", False, _picked(receipts, limit)))
    typefaces = CACHE / "typefaces"
    if (typefaces / "records.jsonl").is_file():
        rows = _rows(typefaces)
        for level in ("print", "damage"):
            lines = [_line(typefaces, row, row["image"]) for row in rows if row["level"] == level]
            domains.append(Domain(f"typefaces, {level}", True, _picked(lines, limit)))
    if (data / "invoices").is_dir():
        for dpi in INVOICE_DPI:
            lines = _cached(CACHE / f"invoices-{dpi}", partial(_cut_invoices, data / "invoices", dpi))
            domains.append(Domain(f"invoices, {dpi} dpi", True, _picked(lines, limit)))
    return domains


def _cached(folder: Path, cut: Callable[[], Iterator[tuple[Image, str, str]]]) -> list[TrueLine]:
    if not (folder / "records.jsonl").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        rows = []
        for index, (crop, page, text) in enumerate(cut()):
            name = f"{index:05d}.png"
            cv2.imwrite(str(folder / name), crop[:, :, ::-1])
            rows.append(json.dumps({"image": name, "page": page, "text": text}, ensure_ascii=False))
        (folder / "records.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return [_line(folder, row, row["page"]) for row in _rows(folder)]


def _cut_receipts(source: Path) -> Iterator[tuple[Image, str, str]]:
    """Ground-truth boxes of SROIE, 2 px wider on each side."""
    for row in _rows(source):
        page = _rgb(source / row["image"])
        for line in row["lines"]:
            if text := " ".join(line["text"].split()):
                yield _cut(page, np.array(line["polygon"])), row["image"], text


def _cut_invoices(source: Path, dpi: int) -> Iterator[tuple[Image, str, str]]:
    """Lines of the PDFs' text layers, drawn at `dpi`, 2 px wider on each side."""
    for path in sorted(source.glob("*.pdf")):
        document = pypdfium2.PdfDocument(path)
        for number, page in enumerate(document, start=1):
            drawn = page.render(scale=dpi / _POINTS_PER_INCH, rev_byteorder=True).to_numpy()
            image = np.ascontiguousarray(drawn[..., :3])
            for line in read_text_layer(page, image):
                yield _cut(image, line.quad), f"{path.stem}-{number}", line.text
        document.close()


def _cut(page: Image, polygon: NDArray[Any]) -> Image:
    left, top = np.floor(polygon.min(axis=0)).astype(int) - _MARGIN_PX
    right, bottom = np.ceil(polygon.max(axis=0)).astype(int) + _MARGIN_PX
    height_px, width_px = page.shape[:2]
    left, top = max(0, min(left, width_px - 1)), max(0, min(top, height_px - 1))
    return page[top : max(bottom, top + 1), left : max(right, left + 1)]


def _picked(lines: list[TrueLine], limit: int) -> list[TrueLine]:
    chosen = lines if not limit or limit >= len(lines) else random.Random(_SEED).sample(lines, limit)
    return sorted(chosen, key=lambda line: line.path)


def _line(folder: Path, row: dict[str, Any], page: str) -> TrueLine:
    return TrueLine(folder / row["image"], page, row["text"])


def _rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(row) for row in (folder / "records.jsonl").read_text(encoding="utf-8").splitlines()]


def _rgb(path: Path) -> Image:
    image = cv2.imread(str(path))
    if image is None:
        raise FileNotFoundError(f"not an image: {path}")
    return np.asarray(image[:, :, ::-1], np.uint8)
