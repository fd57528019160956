"""How many receipt fields are right: the key information task of SROIE (ICDAR 2019, task 3).

    python benchmarks/fields.py FOLDER [--documents FILE] [--companies all|first|second] [--show FIELD]

FOLDER holds ``records.jsonl``: one receipt a line with ``image``, ``fields`` (company, date, address, total) and
``lines`` (polygon, text). By default the fields are taken from those ground-truth lines; with ``--documents``
from what ``ocr-server recognize --json`` printed for the images. A field is right if it equals the ground truth
with case and runs of blanks set aside; totals are compared as numbers. F1 counts a missing field as no answer
and a wrong one as a wrong answer. ``loose`` also sets aside punctuation and blanks.
"""

import argparse
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ocr_server.domain.document import Engine, Line, Page
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.receipt import Field, Receipt
from ocr_server.extraction.amounts import find_amounts, parse_number
from ocr_server.extraction.receipt import extract_receipt

FIELDS = {"company": "merchant_name", "date": "transaction_date", "address": "merchant_address", "total": "total"}
RESULTS = Path(__file__).parent / "results"


@dataclass
class Score:
    """Counts over all receipts that have the field in their ground truth."""

    expected: int = 0
    answered: int = 0
    right: int = 0
    right_loose: int = 0

    def f1(self, *, loose: bool = False) -> float:
        """Return the harmonic mean of precision and recall."""
        right = self.right_loose if loose else self.right
        return 2 * right / (self.expected + self.answered) if self.expected + self.answered else 0.0


def main() -> None:
    options = _parse_arguments()
    records = [json.loads(line) for line in (options.folder / "records.jsonl").open(encoding="utf-8")]
    records = [record for record in records if _in_half(record, options.companies)]
    if options.documents:
        read = {Path(d["file"]).name: d for d in map(json.loads, options.documents.open(encoding="utf-8"))}
        records = [record for record in records if Path(record["image"]).name in read]
        answers = (_from_document(read[Path(record["image"]).name]) for record in records)
    else:
        answers = (_from_lines(record["lines"]) for record in records)
    scores = score(records, answers, options.show)
    _print(scores, len(records))
    RESULTS.mkdir(exist_ok=True)
    source = "documents" if options.documents else "ground-truth-lines"
    result = {
        "data": options.folder.name,
        "companies": options.companies,
        "source": source,
        "receipts": len(records),
        "fields": {
            name: asdict(s) | {"f1": round(s.f1(), 4), "f1_loose": round(s.f1(loose=True), 4)}
            for name, s in scores.items()
        },
    }
    target = RESULTS / f"fields-{options.folder.name}-{source}.json"
    target.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"written to {target}")


def score(records: list[dict[str, Any]], answers: Iterable[dict[str, str]], show: str | None) -> dict[str, Score]:
    scores = {name: Score() for name in FIELDS}
    for record, answer in zip(records, answers, strict=True):
        for name, counts in scores.items():
            truth, said = record["fields"].get(name, ""), answer.get(name, "")
            counts.expected += bool(truth)
            counts.answered += bool(said)
            right = bool(truth) and _same(name, truth, said)
            counts.right += right
            counts.right_loose += right or (bool(truth) and _letters(truth) == _letters(said))
            if show == name and not right:
                print(f"{record['image']}\n   truth {truth!r}\n   found {said!r}")
    return scores


def _from_lines(lines: list[dict[str, Any]]) -> dict[str, str]:
    read = [
        Line(line["text"], line.get("confidence", 1.0), 1.0, Polygon.from_array(line["polygon"]), (), Engine.PPOCR)
        for line in lines
    ]
    receipt, _ = extract_receipt([Page(1, 1, 1, 0.0, tuple(read))])
    return dict(_mentions(receipt))


def _mentions(receipt: Receipt) -> Iterator[tuple[str, str]]:
    for name, attribute in FIELDS.items():
        field: Field[Any] | None = getattr(receipt, attribute)
        if field is not None:
            yield name, field.mention_text


def _from_document(response: dict[str, Any]) -> dict[str, str]:
    receipt = response.get("document", {}).get("receipt", {})
    return {name: receipt[key]["mention_text"] for name, key in FIELDS.items() if key in receipt}


def _same(name: str, truth: str, said: str) -> bool:
    if name == "total":
        return _number(truth) is not None and _number(truth) == _number(said)
    return " ".join(truth.upper().split()) == " ".join(said.upper().split())


def _number(text: str) -> object:
    amounts = find_amounts(text)
    return amounts[0].amount if amounts else parse_number(text)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.upper())


def _in_half(record: dict[str, Any], companies: str) -> bool:
    """Split by company, so that no shop's layout is on both sides."""
    if companies == "all":
        return True
    company = _letters(record["fields"].get("company", ""))
    first = hashlib.sha256(company.encode()).digest()[0] % 2 == 0
    return first == (companies == "first")


def _print(scores: dict[str, Score], receipts: int) -> None:
    print(f"{receipts} receipts")
    print(f"{'field':<10}{'right':>7}{'of':>6}{'F1':>8}{'loose':>8}")
    for name, s in scores.items():
        print(f"{name:<10}{s.right:>7}{s.expected:>6}{s.f1():>8.3f}{s.f1(loose=True):>8.3f}")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Score receipt fields against ground truth.")
    parser.add_argument("folder", type=Path, help="holds records.jsonl")
    parser.add_argument("--documents", type=Path, help="JSON lines as ocr-server recognize --json prints them")
    parser.add_argument("--companies", choices=["all", "first", "second"], default="all", help="half of the companies")
    parser.add_argument("--show", choices=list(FIELDS), help="print the receipts where this field is wrong")
    return parser.parse_args()


if __name__ == "__main__":
    main()
