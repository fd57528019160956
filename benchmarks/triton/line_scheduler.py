"""TrOCR whose lines join and leave between the runs of its graphs: in-flight batching.

Each line is read by the recognizer as it is, in a thread that stands still while it waits for a run of a graph. No
two threads move at a time: these are coroutines through code that knows nothing of them. A turn runs the encoder for
lines that come, then the decoder for all that are being written.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread, current_thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr_models.batching import plan_batches
from ocr_models.trocr.network import Encoded, Pixels, TrocrNetwork
from ocr_models.trocr.recognizer import MAX_BATCH_PX, MAX_LINES, TrocrRecognizer
from ocr_models.types import Image, ReadText


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """A run of the encoder: what TrocrNetwork.encode is given."""

    pixels: Pixels


@dataclass(frozen=True, slots=True, eq=False)
class _Follow:
    """A run of the decoder: what TrocrNetwork.follow is given."""

    encoded: Encoded
    tokens: NDArray[np.int64]

    @property
    def columns(self) -> int:
        """The decoder has no mask over what the encoder saw: only lines that were padded alike share a run."""
        return next(iter(self.encoded.cross.values())).shape[3]


class Line(Thread):
    """One line on its way. read: what was read on it, or error: why nothing was; neither before it is done."""

    read: ReadText | None = None
    error: Exception | None = None

    def __init__(self, recognizer: TrocrRecognizer, crop: Image) -> None:
        super().__init__(daemon=True)
        self._recognizer, self._crop = recognizer, crop
        self._wishes, self._answers = SimpleQueue[_Look | _Follow | None](), SimpleQueue[Any]()
        self.start()
        self.wish = self._wishes.get()

    @property
    def is_done(self) -> bool:
        """Whether it waits for nothing any more."""
        return self.wish is None

    def answer(self, answer: Any) -> None:
        """Give it what it waits for, or raise it there, and let it go on to its next wish or its end."""
        self._answers.put(answer)
        self.wish = self._wishes.get()

    def abandon(self) -> None:
        """End it, as nobody waits for it any more."""
        if not self.is_done:
            self.answer(ConnectionAbortedError("nobody waits for this line"))

    def run(self) -> None:
        """Read the line: the thread's own part."""
        try:
            (self.read,) = self._recognizer.read([self._crop])
        except Exception as error:
            self.error = error
        self._wishes.put(None)

    def ask(self, wish: _Look | _Follow) -> Any:
        """Wait for a wish to be answered, in the thread."""
        self._wishes.put(wish)
        answer = self._answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer


class _AskingNetwork:
    """Stands in for a network in a line's thread: what it would run is asked of whoever takes turns."""

    def __init__(self, network: TrocrNetwork) -> None:
        self._network = network

    def encode(self, pixels: Pixels) -> Encoded:
        return _line().ask(_Look(pixels))

    def follow(self, encoded: Encoded, tokens: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return _line().ask(_Follow(encoded, tokens))

    def __getattr__(self, name: str) -> Any:
        """The rest is the network's: what it is, and writing step by step where a draft was no help, alone."""
        return getattr(self._network, name)


def _line() -> Line:
    line = current_thread()
    assert isinstance(line, Line)
    return line


class LineScheduler(TrocrRecognizer):
    """Reads lines in turns. For networks that look at lines as columns; all calls must come from one thread."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._graphs = self._network
        self._network = _AskingNetwork(self._graphs)

    def begin(self, crop: Image) -> Line:
        """Begin to read an upright RGB crop, which must not change until the line is done; see ``read``."""
        return Line(self, crop)

    def turn(self, lines: Sequence[Line]) -> None:
        """Let the lines that come be looked at, those of like width together, then run the decoder once for all.

        A run that fails is the error of those lines only that shared it.
        """
        coming = [line for line in lines if isinstance(line.wish, _Look)]
        # A long line's pieces count as lying side by side.
        widths_px = [len(line.wish.pixels) * line.wish.pixels.shape[2] for line in coming]
        for batch in plan_batches(widths_px, max_lines=MAX_LINES, max_width_px=MAX_BATCH_PX):
            _run(self._look, [coming[index] for index in batch])
        written: defaultdict[int, list[Line]] = defaultdict(list)
        for line in lines:
            if isinstance(line.wish, _Follow):
                written[line.wish.columns].append(line)
        for alike in written.values():
            _run(self._follow, alike)

    def _look(self, wishes: Sequence[_Look]) -> list[Encoded]:
        widest_px = max(wish.pixels.shape[2] for wish in wishes)
        pixels = [
            np.pad(wish.pixels, ((0, 0), (0, 0), (0, widest_px - wish.pixels.shape[2])), constant_values=255)
            for wish in wishes
        ]
        encoded = self._graphs.encode(np.concatenate(pixels))
        return [encoded.lines(rows) for rows in _rows(map(len, pixels))]

    def _follow(self, wishes: Sequence[_Follow]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        names, longest = wishes[0].encoded.cross, max(wish.tokens.shape[1] for wish in wishes)
        # What stands behind a text's end does not matter, see drafts.py.
        tokens = [np.pad(wish.tokens, ((0, 0), (0, longest - wish.tokens.shape[1]))) for wish in wishes]
        cross = {name: np.concatenate([wish.encoded.cross[name] for wish in wishes]) for name in names}
        logits, attention = self._graphs.follow(Encoded(cross, None, None), np.concatenate(tokens))
        return [(logits[rows], attention[rows]) for rows in _rows(map(len, tokens))]


def _run(run: Callable[[Sequence[Any]], Sequence[Any]], lines: Sequence[Line]) -> None:
    try:
        answers = run([line.wish for line in lines])
    except Exception as error:
        answers = [error] * len(lines)
    for line, answer in zip(lines, answers, strict=True):
        line.answer(answer)


def _rows(counts: Any) -> list[list[int]]:
    """Which rows of a run are whose."""
    ends = np.cumsum(list(counts)).tolist()
    return [list(range(start, end)) for start, end in zip([0, *ends], ends, strict=False)]
