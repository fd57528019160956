"""Who is asked, and whose reading stands."""

from collections.abc import Sequence

import numpy as np

from ocr_models.types import Image, ReadText
from ocr_server.domain.document import Engine
from ocr_server.pipeline.second_opinion import SecondOpinion
from ocr_server.ports import ReadLine


class Scripted:
    """A LineRecognizer that reads what it was told for each crop, known by its width."""

    def __init__(self, engine: Engine, readings: dict[int, tuple[str, float]], batch: int = 8) -> None:
        self.version = f"scripted:{engine.value}"
        self.asked: list[list[int]] = []
        self._engine, self._readings, self._batch = engine, readings, batch

    def plan_batches(self, crops: Sequence[Image]) -> list[list[int]]:
        return [list(range(len(crops)))[at : at + self._batch] for at in range(0, len(crops), self._batch)]

    async def read_lines(self, crops: Sequence[Image], languages: Sequence[str] = ()) -> list[ReadLine]:
        self.asked.append([crop.shape[1] for crop in crops])
        return [ReadLine(as_read(*self._readings[crop.shape[1]]), self._engine) for crop in crops]


def as_read(text: str, confidence: float) -> ReadText:
    spans = np.linspace(0, 1, len(text) + 1, dtype=np.float32)
    confidences = np.full(len(text), confidence, np.float32)
    return ReadText(text, confidence, confidences, np.stack([spans[:-1], spans[1:]], axis=1))


def crop(width_px: int) -> Image:
    return np.zeros((8, width_px, 3), np.uint8)


async def settle(first: tuple[str, float], second: tuple[str, float]) -> ReadLine:
    asked = SecondOpinion(Scripted(Engine.TROCR, {9: first}), Scripted(Engine.PPOCR, {9: second}))
    (line,) = await asked.read_lines([crop(9)])
    return line


async def test_only_lines_the_first_is_unsure_of_are_read_again_and_order_is_kept() -> None:
    first = Scripted(Engine.TROCR, {1: ("a", 0.9), 2: ("b", 0.2), 3: ("c", 0.44), 4: ("d", 0.45), 5: ("e", 0.1)})
    second = Scripted(Engine.PPOCR, {2: ("B2", 0.9), 3: ("C", 0.5), 5: ("E5", 0.9)}, batch=2)
    reader = SecondOpinion(first, second)

    lines = await reader.read_lines([crop(width_px) for width_px in (1, 2, 3, 4, 5)])

    assert [line.text.text for line in lines] == ["a", "B2", "c", "d", "E5"]
    assert [line.engine for line in lines] == [Engine.TROCR, Engine.PPOCR, Engine.TROCR, Engine.TROCR, Engine.PPOCR]
    assert second.asked == [[2, 3], [5]]
    assert reader.version == "scripted:trocr scripted:ppocr"


async def test_the_second_is_left_alone_where_all_is_sure() -> None:
    second = Scripted(Engine.PPOCR, {})
    await SecondOpinion(Scripted(Engine.TROCR, {1: ("a", 0.9)}), second).read_lines([crop(1)])
    assert second.asked == []


async def test_two_that_agree_but_for_case_and_spaces_are_as_sure_as_the_surer() -> None:
    line = await settle(("Tel: 07", 0.4), ("TEL:07", 0.8))
    assert (line.text.text, line.text.confidence, line.engine) == ("Tel: 07", 0.8, Engine.TROCR)


async def test_where_they_differ_the_surer_one_is_taken() -> None:
    assert (await settle(("TOTA1", 0.3), ("TOTAL", 0.8))).engine is Engine.PPOCR
    assert (await settle(("TOTAL", 0.4), ("TOTA1", 0.3))).engine is Engine.TROCR


async def test_a_little_more_confidence_is_not_enough_for_the_second() -> None:
    assert (await settle(("TOTAL", 0.4), ("TOTA1", 0.8))).engine is Engine.TROCR
