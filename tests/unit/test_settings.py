"""What settings refuse, and what they never show."""

import pytest
from pydantic import ValidationError

from ocr_server.settings import Settings


@pytest.mark.parametrize(
    ("name", "value", "missing"),
    [("ENDPOINT", "https://s3.example", "OCR_S3_BUCKET"), ("ACCESS_KEY", "", "OCR_S3_ACCESS_KEY")],
)
def test_half_of_what_s3_needs_is_refused_and_the_secret_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, missing: str
) -> None:
    monkeypatch.setenv("OCR_S3_ACCESS_KEY", "server")
    monkeypatch.setenv("OCR_S3_SECRET_KEY", "do-not-show-me")
    monkeypatch.setenv(f"OCR_S3_{name}", value)
    with pytest.raises(ValidationError, match=missing) as refused:
        Settings()
    assert "do-not-show-me" not in str(refused.value)


def test_secrets_are_read_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_S3_BUCKET", "images")
    monkeypatch.setenv("OCR_S3_ACCESS_KEY", "server")
    monkeypatch.setenv("OCR_S3_SECRET_KEY", "do-not-show-me")
    settings = Settings()
    assert settings.s3_secret_key.get_secret_value() == "do-not-show-me"
    assert "do-not-show-me" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_the_password_of_the_database_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_DATABASE_URL", "postgresql://ocr:do-not-show-me@db/ocr")
    settings = Settings()
    assert settings.database_url.get_secret_value().endswith("@db/ocr")
    assert "do-not-show-me" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_the_password_of_redis_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_REDIS_URL", "redis://:do-not-show-me@cache:6379/0")
    settings = Settings()
    assert settings.redis_url.get_secret_value().endswith("@cache:6379/0")
    assert "do-not-show-me" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
