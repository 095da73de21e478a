"""Times, to the millisecond: what is kept, what callers see and what log lines have are the same."""

from datetime import UTC, datetime


def now() -> datetime:
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def shown(time: datetime) -> str:
    """RFC 3339 in UTC; the time is one with its zone."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read(text: str) -> datetime:
    """The time that was shown so; raises ValueError."""
    return datetime.fromisoformat(text)
