import shutil
from pathlib import Path

import numpy as np
import pytest

from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.trocr import EmbeddedTrocrRecognizer
from ocr_server.domain.document import Engine
from ocr_server.domain.errors import EngineUnavailable


async def test_lines_are_read_and_say_who_read_them(model_repository: Path) -> None:
    compute = CpuPool(1)
    recognizer = EmbeddedTrocrRecognizer(model_repository, compute)
    crops = [np.full((20, 60, 3), 255, np.uint8)] * 3
    assert sorted(index for batch in recognizer.plan_batches(crops) for index in batch) == [0, 1, 2]
    lines = await recognizer.read_lines(crops)
    await compute.close()
    assert [(line.text.text, line.engine) for line in lines] == [("", Engine.TROCR)] * 3


async def test_without_weights_the_engine_is_unavailable_and_says_what_is_missing(tmp_path: Path) -> None:
    compute = CpuPool(1)
    with pytest.raises(EngineUnavailable, match=r"model\.json"):
        EmbeddedTrocrRecognizer(tmp_path, compute)
    await compute.close()


async def test_the_version_changes_with_whatever_decides_about_a_text(model_repository: Path, tmp_path: Path) -> None:
    compute = CpuPool(1)
    shutil.copytree(model_repository / "trocr", tmp_path / "trocr")
    before = EmbeddedTrocrRecognizer(tmp_path, compute).version
    assert before == EmbeddedTrocrRecognizer(model_repository, compute).version
    assert before.startswith("trocr:1-")
    description = tmp_path / "trocr/1/model.json"
    description.write_text(description.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert EmbeddedTrocrRecognizer(tmp_path, compute).version != before
    await compute.close()
