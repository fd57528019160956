"""How near a read text is to the truth: words counted, wherever they stand on the page."""

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WordCounts:
    """Words that match, words that were read and words that are there; add pages up for a micro-average.

    The measure is that of SROIE's task 2 (ICDAR 2019): multisets of whitespace-separated words of a page. Case is
    set aside, because that ground truth is in capitals.
    """

    matched: int = 0
    read: int = 0
    expected: int = 0

    def __add__(self, other: "WordCounts") -> "WordCounts":
        return WordCounts(self.matched + other.matched, self.read + other.read, self.expected + other.expected)

    @property
    def precision(self) -> float:
        """The share of read words that are right; 1 if none was read."""
        return self.matched / self.read if self.read else 1.0

    @property
    def recall(self) -> float:
        """The share of expected words that were read; 1 if none was expected."""
        return self.matched / self.expected if self.expected else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 1 if there was nothing to read and nothing was read."""
        return 2 * self.matched / (self.read + self.expected) if self.read + self.expected else 1.0


def count_words(read: str, truth: str) -> WordCounts:
    """Compare the text of one page with its truth."""
    got, wanted = Counter(read.upper().split()), Counter(truth.upper().split())
    return WordCounts((got & wanted).total(), got.total(), wanted.total())


def word_f1(read: str, truth: str) -> float:
    """F1 of one page's words."""
    return count_words(read, truth).f1
