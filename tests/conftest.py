"""What tests of every kind share: the samples."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of committed sample images."""
    return REPOSITORY / "samples"
