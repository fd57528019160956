"""Which engine reads what the caller wants read."""

from typing import cast

import pytest

from ocr_server.domain.document import Engine, RecognizeOptions
from ocr_server.domain.errors import EngineUnavailable
from ocr_server.pipeline.process import choose_engine
from ocr_server.ports import ReadingEngine

LEFT_TO_THE_SERVER = (Engine.AUTO, Engine.FAST, Engine.BALANCED, Engine.ACCURATE)
ENGINES = {engine: cast(ReadingEngine, engine.value) for engine in Engine}  # choosing does not look inside


@pytest.mark.parametrize("engine", LEFT_TO_THE_SERVER)
def test_other_letters_than_latin_are_left_to_tesseract(engine: Engine) -> None:
    assert choose_engine(RecognizeOptions(engine, languages=("en", "ru")), ENGINES) == "tesseract"
    assert choose_engine(RecognizeOptions(engine, languages=("en", "vi")), ENGINES) == engine.value
    assert choose_engine(RecognizeOptions(engine), ENGINES) == engine.value


@pytest.mark.parametrize("engine", [Engine.TROCR, Engine.PPOCR])
def test_an_engine_asked_for_by_name_reads_whatever_the_language(engine: Engine) -> None:
    assert choose_engine(RecognizeOptions(engine, languages=("ru",)), ENGINES) == engine.value


def test_an_engine_that_is_not_here_is_refused_naming_those_that_are() -> None:
    here = {Engine.FAST: ENGINES[Engine.FAST], Engine.PPOCR: ENGINES[Engine.PPOCR]}
    with pytest.raises(EngineUnavailable, match=r"tesseract does not run on this server; it has: fast, ppocr"):
        choose_engine(RecognizeOptions(languages=("ja",)), here)
