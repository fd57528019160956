"""The way to PostgreSQL: what is told of a database that cannot be had, and what is not."""

from urllib.parse import urlsplit

import pytest

from ocr_server.adapters.production.postgres_database import PostgresDatabase
from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.stack.postgres_process import PostgresProcess


def password_of(url: str) -> str:
    password = urlsplit(url).password
    assert password
    return password


async def test_a_database_that_is_away_is_told_without_its_password(mortal_postgres: PostgresProcess) -> None:
    await mortal_postgres.kill()
    with pytest.raises(DependencyUnavailable) as unavailable:
        await PostgresDatabase.open(mortal_postgres.url)
    assert password_of(mortal_postgres.url) not in f"{unavailable.value!r} {unavailable.value.__cause__!r}"


@pytest.mark.parametrize(
    "change",
    [("://ocr:", "://nobody-here:"), ("/migrated", "/not-there"), ("postgresql://", "mysql://"), ("127.0.0.1", "[h")],
)
async def test_a_wrong_url_is_told_without_its_password(database: str, change: tuple[str, str]) -> None:
    with pytest.raises((DependencyUnavailable, RuntimeError), match="OCR_DATABASE_URL") as refused:
        await PostgresDatabase.open(database.replace(*change))
    assert password_of(database) not in f"{refused.value!r} {refused.value.__cause__!r}"


@pytest.mark.parametrize("password", ["sl/ash", "ha#sh", "[bracket"])
async def test_a_password_that_breaks_the_url_is_not_shown(password: str) -> None:
    with pytest.raises(RuntimeError, match="OCR_DATABASE_URL") as refused:
        await PostgresDatabase.open(f"postgresql://ocr:{password}@127.0.0.1:1/ocr")
    assert refused.value.__suppress_context__
    for part in (password[:2], password[-4:]):
        assert part not in str(refused.value)
