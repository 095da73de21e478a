"""What a live channel is, and a recording of one."""

import base64
import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


def composed(text: str) -> str:
    """The composed form (NFC) of a text. Keyboards and files of some systems give Korean in parts (NFD): it is the same
    text."""
    return unicodedata.normalize("NFC", text)


class State(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Opening:
    """What a channel is opened with. The key is of the caller's choice: with it, an opening can be repeated safely.
    Show and title are composed, also those that were stored before they were; the key is nothing that people read."""

    key: str
    show: str
    title: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "show", composed(self.show))
        object.__setattr__(self, "title", composed(self.title))


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


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a recording is announced with: its name is of the caller's choice, its size in bytes."""

    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Recording:
    """A file of a channel. It is announced before it is uploaded: a region that has no copy of it yet knows it."""

    announcement: Announcement
    announced_at: datetime


def id_of(key: str, secret: bytes) -> str:
    """The id of the channel with this key. It is a function of the key, so that one write of one item decides who
    opened the channel; and of the secret, so that nobody can tell ids from keys, which may be easy to guess."""
    return base64.b32encode(hmac.digest(secret, key.encode(), "sha256")).decode().lower()[:26]
