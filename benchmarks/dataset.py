"""Pages with their text known: a folder of receipts as SROIE's, or the project's own samples."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLES = REPOSITORY / "samples"


@dataclass(frozen=True, slots=True)
class TruePage:
    """An image file of one page and the text on it, a line a row."""

    path: Path
    text: str


def find_pages(folder: Path) -> list[TruePage]:
    """Return the pages of ``folder``: of its ``records.jsonl``, or its images with a ``.json`` of the same name.

    Raises FileNotFoundError if there are none.
    """
    records = folder / "records.jsonl"
    if records.is_file():
        rows = [json.loads(row) for row in records.read_text(encoding="utf-8").splitlines()]
        return [TruePage(folder / row["image"], _text(row["lines"])) for row in rows]
    images = sorted(path for path in folder.glob("*") if path.suffix in {".png", ".jpg"})
    pages = [TruePage(image, _sample_text(image)) for image in images if image.with_suffix(".json").is_file()]
    if not pages:
        raise FileNotFoundError(f"no pages with their truth in {folder}")
    return pages


def spread(pages: Sequence[TruePage], limit: int) -> list[TruePage]:
    """Pick ``limit`` pages evenly over all of them, as neighbours tend to be alike; all if 0."""
    if not limit or limit >= len(pages):
        return list(pages)
    return [pages[index * len(pages) // limit] for index in range(limit)]


def _sample_text(image: Path) -> str:
    truth = json.loads(image.with_suffix(".json").read_text(encoding="utf-8"))
    return "\n".join(_text(page["lines"]) for page in truth["pages"])


def _text(lines: list[dict[str, Any]]) -> str:
    return "\n".join(line["text"] for line in lines)
