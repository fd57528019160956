"""An endless stream of batches: rendered lines and real ones, sorted so that a batch has one width."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from export.train import fonts, real
from export.train.batch import MAX_CHARACTERS, Batch, Example, by_width, collate
from export.train.content import Writer
from export.train.degrade import Camera
from export.train.fonts import Typeface
from export.train.real import RealLine, Receipts
from export.train.render import Typesetter


@dataclass(frozen=True, slots=True)
class Sources:
    """What lines are drawn from; `unseen_typefaces` and `validation` are never trained on."""

    typefaces: list[Typeface]
    unseen_typefaces: list[Typeface]
    words: dict[str, list[str]]
    training: list[RealLine]
    validation: list[RealLine]

    def recased(self, texts: dict[str, str]) -> "Sources":
        """With the training lines that `texts` knows by key, saying what it says."""
        lines = [replace(line, text=texts[line.key]) for line in self.training if line.key in texts]
        return replace(self, training=lines)


def sources(sroie: Path | None) -> Sources:
    """Find (and fetch, the first time) typefaces and words; real lines from `sroie` where that is given."""
    fonts.fetch((*fonts.FONT_PACKAGES, *fonts.WORD_PACKAGES))
    typefaces, unseen = fonts.split(fonts.usable())
    training, validation = real.load(sroie) if sroie else ([], [])
    return Sources(typefaces, unseen, fonts.word_lists(), training, validation)


class Renderer:
    """Writes, sets and photographs lines."""

    def __init__(self, words: dict[str, list[str]], typefaces: Sequence[Typeface], shapes: Sequence[str], seed: int):
        self._writer = Writer(seed, words, shapes)
        self._typesetter = Typesetter(typefaces, seed)
        self._camera = Camera(seed)

    def draw(self) -> Example:
        """The next line."""
        ink = self._typesetter.set(self._writer.line(MAX_CHARACTERS))
        image, spans_px = self._camera.shoot(ink)
        return Example(image, ink.text, spans_px)


def batches(found: Sources, seed: int, real_share: float, columns_per_batch: int) -> Iterator[Batch]:
    """Batches for ever; a seed's stream is its own. `real_share` is the part of lines that are real."""
    draw = random.Random(seed)
    renderer = Renderer(found.words, found.typefaces, [line.text for line in found.training], seed)
    receipts = Receipts(found.training, seed) if found.training else None
    while True:
        lines = [receipts.draw() if receipts and draw.random() < real_share else renderer.draw() for _ in range(128)]
        groups = by_width(lines, columns_per_batch)
        draw.shuffle(groups)
        for group in groups:
            # Serving pads to what a batch needs, stock `generate` to the whole window: see some of both.
            yield collate(group, extra_px=16 * draw.randint(1, 12) if draw.random() < 0.1 else 0)


def validation_lines(found: Sources, rendered: int, real_lines: int) -> tuple[list[Example], list[Example], list[str]]:
    """Fixed validation sets: rendered lines in unseen typefaces; real lines, and the page of each."""
    renderer = Renderer(found.words, found.unseen_typefaces, (), seed=99)
    kept = random.Random(5).sample(found.validation, min(real_lines, len(found.validation)))
    examples = [Example(real.crop(line), line.text, None) for line in kept]
    return [renderer.draw() for _ in range(rendered)], examples, [line.page.name for line in kept]



def as_printed(
    lines: Sequence[RealLine], recase: Callable[[list[Example]], list[str | None]]
) -> Iterator[tuple[RealLine, str]]:
    """Each line with its text in the letter case it is printed in; lines that `recase` disbelieves are left out."""
    for start in range(0, len(lines), 1_000):
        part = lines[start : start + 1_000]
        texts = recase([Example(real.crop(line), line.text, None) for line in part])
        yield from ((line, text) for line, text in zip(part, texts, strict=True) if text is not None)
