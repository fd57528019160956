"""What tests of every kind share: the samples, and fixed seeds."""

from pathlib import Path

import hypothesis
import pytest

from tests.kafka_fixture import kafka
from tests.postgres_fixture import database, empty_database, migrated_database, postgres
from tests.redis_fixture import redis
from tests.swift_fixture import s3_blobs, swift
from tests.triton_fixture import triton

__all__ = [
    "database",
    "empty_database",
    "kafka",
    "migrated_database",
    "postgres",
    "redis",
    "s3_blobs",
    "swift",
    "triton",
]

# The same cases in every run; no deadline, since speed belongs to the benchmarks.
hypothesis.settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("fixed")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of committed sample images."""
    return REPOSITORY / "samples"
