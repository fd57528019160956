"""What makes another reading version."""

import shutil
from pathlib import Path

import pytest

import ocr_models
import ocr_server
from ocr_server.reading_version import reading_version
from ocr_server.settings import Limits


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the code, which the version is made of."""
    for package in (ocr_models, ocr_server):
        folder = tmp_path / package.__name__
        shutil.copytree(package.__path__[0], folder, ignore=shutil.ignore_patterns("__pycache__"))
        monkeypatch.setattr(package, "__path__", [str(folder)])
    return tmp_path


def test_the_same_code_is_the_same_version(code: Path) -> None:
    assert reading_version(Limits()) == reading_version(Limits())
    assert reading_version(Limits(max_running=99)) == reading_version(Limits())


@pytest.mark.parametrize("file", ["ocr_models/ctc_decoder.py", "ocr_server/extraction/totals.py", "ocr_server/new.py"])
def test_any_change_of_code_is_another(code: Path, file: str) -> None:
    before = reading_version(Limits())
    with (code / file).open("a") as source:
        source.write("# changed\n")
    assert reading_version(Limits()) != before


def test_other_limits_of_an_image_are_another() -> None:
    assert reading_version(Limits(max_pages=1)) != reading_version(Limits())


def test_another_version_of_a_library_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    before = reading_version(Limits())
    monkeypatch.setattr("importlib.metadata.version", lambda name: "99" if name == "onnxruntime" else "1")
    newer = reading_version(Limits())
    monkeypatch.setattr("importlib.metadata.version", lambda name: "98" if name == "onnxruntime" else "1")
    assert len({before, newer, reading_version(Limits())}) == 3
