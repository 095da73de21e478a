"""What a live channel is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Opening:
    """What a channel is opened with. The key is of the caller's choice: with it, an opening can be repeated safely."""

    key: str
    show: str
    title: str


@dataclass(frozen=True, slots=True)
class Channel:
    """Carries a show to those who are not there. A show may have several; a closed one stays closed."""

    id: str
    opening: Opening
    opened_at: datetime
    closed_at: datetime | None = None

    @property
    def state(self) -> State:
        return State.OPEN if self.closed_at is None else State.CLOSED
