"""What tests of the stack share."""

import pytest

from ocr_server.stack import canary


@pytest.fixture
def impatient_canaries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for it before the stack: canaries of a stack that runs have begun to wait already."""
    monkeypatch.setattr(canary, "_EVERY_S", 0.3)
    monkeypatch.setattr(canary, "_PATIENCE_S", 3.0)  # a process that was killed answers, after a second, with an error
    monkeypatch.setattr(canary, "_ASK_TIMEOUT_S", 1.0)
