"""An endless stream of batches: rendered lines and real ones, sorted so that a batch has one width."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch.utils.data import IterableDataset, get_worker_info

from export.train import fonts, real
from export.train.batch import MAX_CHARACTERS, Batch, Example, by_width, collate
from export.train.content import Writer
from export.train.degrade import Camera
from export.train.fonts import Typeface
from export.train.real import RealLine, Receipts
from export.train.render import Typesetter
from ocr_models.trocr.line_image import COLUMN_PX, MAX_WIDTH_PX


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
    typefaces, unseen = fonts.split(fonts.ready())
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


class Batches(IterableDataset[Batch]):
    """Batches for ever; each seed, and each loader process, has a stream of its own.

    `real_share` is the part of lines that are real; a batch has at most `columns_per_batch` padded columns.
    """

    def __init__(self, found: Sources, seed: int, real_share: float, columns_per_batch: int) -> None:
        self._found, self._seed = found, seed
        self._real_share, self._columns_per_batch = real_share, columns_per_batch

    def __iter__(self) -> Iterator[Batch]:
        loader = get_worker_info()
        seed = self._seed + (100_000_007 * (1 + loader.id) if loader else 0)
        return _batches(self._found, seed, self._real_share, self._columns_per_batch)


def _batches(found: Sources, seed: int, real_share: float, columns_per_batch: int) -> Iterator[Batch]:
    draw = random.Random(seed)
    renderer = Renderer(found.words, found.typefaces, [line.text for line in found.training], seed)
    receipts = Receipts(found.training, seed) if found.training else None
    while True:
        lines = [receipts.draw() if receipts and draw.random() < real_share else renderer.draw() for _ in range(384)]
        groups = by_width(lines, columns_per_batch)
        draw.shuffle(groups)
        for group in groups:
            # Serving pads to what a batch needs, stock `generate` to the whole window: see some of everything.
            padding = draw.choices((0, 16 * draw.randint(1, 12), MAX_WIDTH_PX), (88, 9, 3))[0]
            few = max(1, columns_per_batch * COLUMN_PX // MAX_WIDTH_PX)
            yield collate(group[:few] if padding == MAX_WIDTH_PX else group, padding)


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
