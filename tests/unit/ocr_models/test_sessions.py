"""How models are opened."""

from pathlib import Path

import pytest

from ocr_models.sessions import open_session


def test_a_provider_that_does_not_run_here_is_an_error_not_another_one(model_repository: Path) -> None:
    with (
        pytest.warns(UserWarning, match="not in available provider names"),
        pytest.raises(RuntimeError, match="CoreMLExecutionProvider does not run here"),
    ):
        open_session(model_repository / "page_orientation/1/model.onnx", provider="CoreMLExecutionProvider")


def test_missing_weights_say_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run `make setup`"):
        open_session(tmp_path / "model.onnx")
