"""Times, as answers and log lines write them."""

from datetime import datetime


def shown(time: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond; the time is one with its zone."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
