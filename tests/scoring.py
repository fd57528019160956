"""How tests compare texts."""

from collections import Counter


def word_f1(read: str, truth: str) -> float:
    """F1 over the multisets of whitespace-separated words, case-insensitive."""
    got, wanted = Counter(read.upper().split()), Counter(truth.upper().split())
    return 2 * (got & wanted).total() / (got.total() + wanted.total())
