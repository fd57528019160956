"""Lines that join and leave between the runs of the served weights, on the lines of a sample."""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.dataset import SAMPLES
from benchmarks.triton.line_scheduler import Line, LineScheduler
from benchmarks.triton.page_parts import take_apart
from ocr_models.trocr.recognizer import TrocrRecognizer
from ocr_models.types import Image


@pytest.fixture(scope="module")
def crops(model_repository: Path) -> list[Image]:
    return next(take_apart([SAMPLES / "receipt.png"], model_repository)).lines


@pytest.fixture(scope="module")
def scheduler(model_repository: Path) -> LineScheduler:
    return LineScheduler(model_repository / "trocr/1")


@pytest.fixture(scope="module")
def alone(model_repository: Path, crops: list[Image]) -> list[str]:
    """What the recognizer reads on each line by itself."""
    recognizer = TrocrRecognizer(model_repository / "trocr/1")
    return [recognizer.read([crop])[0].text for crop in crops]


def _read(scheduler: LineScheduler, crops: Sequence[Image], most: int) -> tuple[list[Line], int]:
    """Read lines, so many at a time; return them and how many turns it took."""
    lines, turns = list[Line](), 0
    while len(lines) < len(crops) or not all(line.is_done for line in lines):
        under_way = [line for line in lines if not line.is_done]
        come = [scheduler.begin(crop) for crop in crops[len(lines) :][: most - len(under_way)]]
        lines += come
        scheduler.turn([line for line in under_way + come if not line.is_done])
        turns += 1
    return lines, turns


def _texts(lines: Sequence[Line]) -> list[str]:
    return [line.read.text for line in lines if line.read]


def test_lines_that_come_and_go_read_as_each_alone(
    scheduler: LineScheduler, crops: list[Image], alone: list[str]
) -> None:
    assert len(set(alone)) > 10
    lines, turns = _read(scheduler, crops, 8)
    assert _texts(lines) == alone
    assert turns < len(crops) / 2


def test_a_line_alone_is_read_exactly_as_by_the_recognizer(
    scheduler: LineScheduler, model_repository: Path, crops: list[Image]
) -> None:
    (line,), _ = _read(scheduler, crops[:1], 1)
    (expected,) = TrocrRecognizer(model_repository / "trocr/1").read(crops[:1])
    assert line.read is not None
    assert (line.read.text, line.read.confidence) == (expected.text, expected.confidence)
    np.testing.assert_array_equal(line.read.char_confidences, expected.char_confidences)
    np.testing.assert_array_equal(line.read.char_spans, expected.char_spans)


def test_the_same_lines_in_the_same_turns_are_read_the_same(scheduler: LineScheduler, crops: list[Image]) -> None:
    first, second = (_read(scheduler, crops, 5)[0] for _ in range(2))
    confidences = [[line.read.confidence for line in lines if line.read] for lines in (first, second)]
    assert _texts(first) == _texts(second)
    assert confidences[0] == confidences[1]


def test_a_crop_without_text_needs_no_turn(scheduler: LineScheduler) -> None:
    line = scheduler.begin(np.full((32, 200, 3), 255, np.uint8))
    assert line.is_done
    assert _texts([line]) == [""]


def test_who_is_abandoned_ends_and_leaves_its_neighbours_alone(
    scheduler: LineScheduler, crops: list[Image], alone: list[str]
) -> None:
    threads = threading.active_count()
    kept, gone = scheduler.begin(crops[0]), scheduler.begin(crops[1])
    gone.abandon()
    gone.abandon()
    while not kept.is_done:
        scheduler.turn([kept])
    assert _texts([kept]) == alone[:1]
    assert isinstance(gone.error, ConnectionAbortedError)
    kept.join(1)
    gone.join(1)
    assert threading.active_count() == threads


def test_a_run_that_fails_is_the_error_of_the_lines_that_shared_it(
    scheduler: LineScheduler, crops: list[Image], alone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(lines: object) -> list[object]:
        raise RuntimeError("out of memory")

    failing = scheduler.begin(crops[0])
    with monkeypatch.context() as broken:
        broken.setattr(scheduler, "_look", fail)
        scheduler.turn([failing])
    assert str(failing.error) == "out of memory"
    assert _texts(_read(scheduler, crops[:1], 1)[0]) == alone[:1]
