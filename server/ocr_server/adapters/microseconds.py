"""Moments as whole microseconds since 1970, UTC: exact, and as fine as datetime and PostgreSQL are."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_us(moment: datetime) -> int:
    """Return the microseconds of an aware datetime."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_us(us: int) -> datetime:
    """Return the datetime. Raises OverflowError beyond the year 9999."""
    return _EPOCH + timedelta(microseconds=us)


def now_us() -> int:
    """Return the present by this machine's clock."""
    return to_us(datetime.now(UTC))
