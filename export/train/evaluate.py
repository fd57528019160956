"""How well the network reads lines it never trained on: held-out receipts, and held-out typefaces.

Real lines are scored without letter case (their truth has none); rendered lines exactly as written.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from export.measures import error_rate
from export.train.batch import Example, by_width, collate
from export.train.charset import decode
from export.train.model import Recognizer

LONG = 31


@dataclass(frozen=True, slots=True)
class Score:
    """Rates from 0 to 1. `exact_long` is that of lines of 31 characters and more."""

    lines: int
    cer: float
    cer_without_space: float
    word_f1: float
    exact: float
    exact_long: float

    def __str__(self) -> str:
        return (
            f"CER {self.cer:.2%} ({self.cer_without_space:.2%} without spaces), word F1 {self.word_f1:.4f}, "
            f"exact {self.exact:.3f}, exact from {LONG} characters {self.exact_long:.3f}"
        )


def read(recognizer: Recognizer, examples: Sequence[Example], device: torch.device) -> list[str]:
    """The text that greedy decoding finds in each example, in their order."""
    recognizer.eval()
    texts: dict[int, str] = {}
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
        for group in by_width(examples, columns_per_batch=4096):
            states = recognizer.encode(torch.from_numpy(collate(group).images).to(device))
            for example, ids in zip(group, recognizer.write(states), strict=True):
                texts[id(example)] = decode(ids)
    recognizer.train()
    return [texts[id(example)] for example in examples]


def score(read_texts: Sequence[str], truths: Sequence[str], pages: Sequence[str], *, cased: bool) -> Score:
    """Compare what was read with the truth; words are counted a page at a time."""
    prepare = _words_joined if cased else lambda text: _words_joined(text).upper()
    pairs = [(prepare(text), prepare(truth)) for text, truth in zip(read_texts, truths, strict=True)]
    tight = [(text.replace(" ", ""), truth.replace(" ", "")) for text, truth in pairs]
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    wanted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (text, truth), page in zip(pairs, pages, strict=True):
        found[page].update(text.split())
        wanted[page].update(truth.split())
    right = sum((found[page] & wanted[page]).total() for page in wanted)
    words = sum(counter.total() for counter in (*found.values(), *wanted.values()))
    # Spaces count only where letter case does: a real line's truth is not exact about either.
    exact = [text == truth for text, truth in (pairs if cased else tight)]
    long = [same for same, (_, truth) in zip(exact, pairs, strict=True) if len(truth) >= LONG]
    return Score(
        lines=len(pairs),
        cer=error_rate(pairs),
        cer_without_space=error_rate(tight),
        word_f1=2 * right / max(1, words),
        exact=float(np.mean(exact)),
        exact_long=float(np.mean(long)) if long else float("nan"),
    )


def _words_joined(text: str) -> str:
    return " ".join(text.split())
