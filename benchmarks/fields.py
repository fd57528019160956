"""How many receipt fields are right: the key information task of SROIE (ICDAR 2019, task 3).

    python -m benchmarks.fields FOLDER [--documents FILE] [--companies all|first|second] [--show FIELD]

FOLDER holds ``records.jsonl``: one receipt a line with ``image``, ``fields`` (company, date, address, total) and
``lines`` (polygon, text). By default the fields are taken from those ground-truth lines; with ``--documents``
from what ``ocr-server recognize --json`` printed for the images. A field is right if it equals the ground truth
with case and runs of blanks set aside; totals are compared as numbers. F1 counts a missing field as no answer
and a wrong one as a wrong answer. ``loose`` also sets aside punctuation and blanks. Line items and taxes have no
ground truth there: how many receipts pass, fail or have nothing for each arithmetic check stands in for it.
"""

import argparse
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.report import write
from ocr_server.domain.document import Engine, Line, Page
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.receipt import Field, Receipt
from ocr_server.extraction.amounts import find_amounts, parse_number
from ocr_server.extraction.layout import read_rows
from ocr_server.extraction.receipt import extract_receipt

FIELDS = {"company": "merchant_name", "date": "transaction_date", "address": "merchant_address", "total": "total"}


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


@dataclass
class Answer:
    """What was found on one receipt: fields as printed, and the state of each check."""

    mentions: dict[str, str]
    checks: dict[str, str]


def main() -> None:
    options = _parse_arguments()
    records = [json.loads(line) for line in (options.folder / "records.jsonl").open(encoding="utf-8")]
    records = [record for record in records if _in_half(record, options.companies)]
    if options.documents:
        read = {Path(d["file"]).name: d for d in map(json.loads, options.documents.open(encoding="utf-8"))}
        records = [record for record in records if Path(record["image"]).name in read]
        answers = [_from_document(read[Path(record["image"]).name]) for record in records]
    else:
        answers = [_from_lines(record["lines"]) for record in records]
    scores = score(records, answers, options.show)
    checks = count_checks(answers)
    _print(scores, checks, len(records))
    if options.companies == "all":
        _write(
            options.folder.name,
            "documents" if options.documents else "ground-truth-lines",
            len(records),
            scores,
            checks,
        )


def score(records: list[dict[str, Any]], answers: list[Answer], show: str | None) -> dict[str, Score]:
    scores = {name: Score() for name in FIELDS}
    for record, answer in zip(records, answers, strict=True):
        for name, counts in scores.items():
            truth, said = record["fields"].get(name, ""), answer.mentions.get(name, "")
            counts.expected += bool(truth)
            counts.answered += bool(said)
            right = bool(truth) and _same(name, truth, said)
            counts.right += right
            counts.right_loose += right or (bool(truth) and _letters(truth) == _letters(said))
            if show == name and not right:
                print(f"{record['image']}\n   truth {truth!r}\n   found {said!r}")
    return scores


def count_checks(answers: list[Answer]) -> dict[str, Counter[str]]:
    """Return for each check how many receipts ended in each state."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for answer in answers:
        for check_id, state in answer.checks.items():
            counts[check_id][state] += 1
    return counts


def _from_lines(lines: list[dict[str, Any]]) -> Answer:
    read = [
        Line(line["text"], line.get("confidence", 1.0), 1.0, Polygon.from_array(line["polygon"]), (), Engine.PPOCR)
        for line in lines
    ]
    receipt, checks = extract_receipt(read_rows([Page(1, 1, 1, 0.0, tuple(read))]))
    return Answer(dict(_mentions(receipt)), {check.check_id: check.state.name for check in checks})


def _mentions(receipt: Receipt) -> Iterator[tuple[str, str]]:
    for name, attribute in FIELDS.items():
        field: Field[Any] | None = getattr(receipt, attribute)
        if field is not None:
            yield name, field.mention_text


def _from_document(response: dict[str, Any]) -> Answer:
    document = response.get("document", {})
    receipt = document.get("receipt", {})
    return Answer(
        {name: receipt[key]["mention_text"] for name, key in FIELDS.items() if key in receipt},
        {check["id"]: check["state"] for check in document.get("checks", ())},
    )


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


def _print(scores: dict[str, Score], checks: dict[str, Counter[str]], receipts: int) -> None:
    print(f"{receipts} receipts")
    print(f"{'field':<18}{'right':>8}{'of':>8}{'F1':>8}{'loose':>8}")
    for name, s in scores.items():
        print(f"{name:<18}{s.right:>8}{s.expected:>8}{s.f1():>8.3f}{s.f1(loose=True):>8.3f}")
    print(f"{'check':<18}{'passed':>8}{'failed':>8}{'none':>8}")
    for check_id, counts in sorted(checks.items()):
        print(f"{check_id:<18}{counts['PASSED']:>8}{counts['FAILED']:>8}{counts['NOT_APPLICABLE']:>8}")


def _write(data: str, source: str, receipts: int, scores: dict[str, Score], checks: dict[str, Counter[str]]) -> None:
    result = {
        "data": data,
        "source": source,
        "receipts": receipts,
        "fields": {
            name: asdict(s) | {"f1": round(s.f1(), 4), "f1_loose": round(s.f1(loose=True), 4)}
            for name, s in scores.items()
        },
        "checks": {check_id: dict(sorted(counts.items())) for check_id, counts in sorted(checks.items())},
    }
    print(f"written to {write(f'fields-{data}-{source}', result)}")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Score receipt fields against ground truth.")
    parser.add_argument("folder", type=Path, help="holds records.jsonl")
    parser.add_argument("--documents", type=Path, help="JSON lines as ocr-server recognize --json prints them")
    parser.add_argument("--companies", choices=["all", "first", "second"], default="all", help="half of the companies")
    parser.add_argument("--show", choices=list(FIELDS), help="print the receipts where this field is wrong")
    return parser.parse_args()


if __name__ == "__main__":
    main()
