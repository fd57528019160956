"""What tests of every kind share: the samples, and fixed seeds."""

from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest

pytest_plugins = ["tests.triton_fixture"]
# tests/export runs in an environment without clients of these servers.
if find_spec("asyncpg"):
    servers = ("kafka", "postgres", "redis", "swift")
    pytest_plugins += [f"tests.{server}_fixture" for server in servers]

# The same cases in every run; no deadline, since speed belongs to the benchmarks.
hypothesis.settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("fixed")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of committed sample images."""
    return REPOSITORY / "samples"
