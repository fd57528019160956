"""How well lines were read: errors by character, whole lines, words, and whether the confidence can be trusted."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.line_domains import Domain
from benchmarks.scoring import WordCounts, count_words
from export.measures import error_rate, expected_calibration_error

_LONG = range(31, 81)


@dataclass(frozen=True, slots=True)
class LineScore:
    """Rates from 0 to 1; None where the truth cannot tell.

    cer_cased: errors a character of the truth. cer: the same without letter case. cer_tight: without case and spaces.
    exact: lines without an error, cased where the truth is, else without case and spaces. exact_long: of 31 to 80
    characters. word_f1: without case, words counted a page at a time. ece: expected calibration error of the line's
    confidence, in 15 bins of equal width, where right means every word, in its case where the truth is cased.
    runaway: texts far longer than the truth.
    """

    lines: int
    cer_cased: float | None
    cer: float
    cer_tight: float
    exact: float
    exact_long: float
    long_lines: int
    word_f1: float
    ece: float
    runaway: int


def score(domain: Domain, texts: Sequence[str], confidences: Sequence[float]) -> LineScore:
    """Compare what was read of a domain's lines, in order, with the truth."""
    pairs = [(_joined(text), _joined(line.text)) for text, line in zip(texts, domain.lines, strict=True)]
    folded = [(text.upper(), truth.upper()) for text, truth in pairs]
    tight = [(text.replace(" ", ""), truth.replace(" ", "")) for text, truth in folded]
    exact = [text == truth for text, truth in (pairs if domain.cased else tight)]
    right = [text == truth for text, truth in (pairs if domain.cased else folded)]
    long = [same for same, (_, truth) in zip(exact, pairs, strict=True) if len(truth) in _LONG]
    return LineScore(
        lines=len(pairs),
        cer_cased=error_rate(pairs) if domain.cased else None,
        cer=error_rate(folded),
        cer_tight=error_rate(tight),
        exact=float(np.mean(exact)),
        exact_long=float(np.mean(long)) if long else float("nan"),
        long_lines=len(long),
        word_f1=_words(domain, texts).f1,
        ece=expected_calibration_error(confidences, right),
        runaway=sum(len(text) > 1.5 * len(truth) + 5 for text, truth in pairs),
    )


def _words(domain: Domain, texts: Sequence[str]) -> WordCounts:
    pages: defaultdict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for text, line in zip(texts, domain.lines, strict=True):
        pages[line.page][0].append(text)
        pages[line.page][1].append(line.text)
    return sum((count_words("\n".join(read), "\n".join(truth)) for read, truth in pages.values()), WordCounts())


def _joined(text: str) -> str:
    return " ".join(text.split())
