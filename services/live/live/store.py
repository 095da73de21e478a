"""Keeps channels, and what is announced of their recordings."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from live import instant
from live.channel import Announcement, Channel, Opening, Recording, State, id_of

# How many recordings a channel may have. They are part of the channel's item, which DynamoDB bounds at 400 KB.
MOST_RECORDINGS = 50


class NotFound(LookupError):
    """No channel has this id."""

    def __init__(self) -> None:
        super().__init__("no such channel")


class OtherOpening(Exception):
    """The key has a channel already, for something else."""

    def __init__(self) -> None:
        super().__init__("this key has a channel of another show or title")


class OtherAnnouncement(Exception):
    """The channel has a recording by this name already, and it is something else."""

    def __init__(self) -> None:
        super().__init__("this channel has a recording of another type or size by this name")


class TooManyRecordings(Exception):
    """The channel takes no more recordings."""

    def __init__(self) -> None:
        super().__init__(f"this channel has {MOST_RECORDINGS} recordings, which is all that are allowed")


class Full(Exception):
    """The store takes no more channels."""

    def __init__(self) -> None:
        super().__init__("the store is full")


class Away(Exception):
    """A store outside of the process does not answer, or refuses. It is worth another try."""

    def __init__(self, store: str) -> None:
        super().__init__(f"{store} does not answer as it should")


@dataclass(frozen=True, slots=True)
class Page:
    """Some channels, newest first, and the id after which the next page begins; None when this is the last."""

    channels: list[Channel]
    next: str | None


class Store(Protocol):
    """Keeps channels. All methods may be called at the same time, by any thread, and may raise Away."""

    def open(self, opening: Opening) -> tuple[Channel, bool]:
        """Returns the channel of the opening's key, and whether it is new. A key has one channel: the same opening
        again returns the same channel, also once it is closed; another one raises OtherOpening. May raise Full."""
        ...

    def find(self, id: str) -> Channel:
        """Returns the channel with this id, or raises NotFound."""
        ...

    def close(self, id: str) -> Channel:
        """Closes the channel with this id, or raises NotFound. Again, it returns the same: the first time counts."""
        ...

    def page(
        self, *, limit: int, after: str | None = None, state: State | None = None, show: str | None = None
    ) -> Page:
        """Returns at most limit channels, newest first, of the given state and show, beginning after the channel with
        the id `after`; raises NotFound if there is none. A page may have fewer although it is not the last."""
        ...

    def announce(self, id: str, announcement: Announcement) -> tuple[Recording, bool]:
        """Returns the recording of this name of the channel with this id, and whether it is new; raises NotFound. The
        same announcement again returns the same recording; another one raises OtherAnnouncement. May raise
        TooManyRecordings."""
        ...

    def announced(self, id: str) -> list[Recording]:
        """Returns the recordings of the channel with this id in the order of their announcement, or raises NotFound."""
        ...


def by_announcement(recording: Recording) -> tuple[datetime, str]:
    """For sorting; names are the channel's own."""
    return recording.announced_at, recording.announcement.name


class Memory:
    """A Store that keeps channels for as long as the process lives, and at most limit of them."""

    def __init__(self, limit: int, secret: bytes, now: Callable[[], datetime] = instant.now) -> None:
        self._limit = limit
        self._secret = secret
        self._now = now
        self._lock = threading.Lock()
        # In the order of opening. Nothing is ever taken out, so the place of a channel is good for a cursor.
        self._channels: list[Channel] = []
        self._places: dict[str, int] = {}
        self._recordings: dict[str, dict[str, Recording]] = {}

    def open(self, opening: Opening) -> tuple[Channel, bool]:
        id = id_of(opening.key, self._secret)
        with self._lock:
            if id in self._places:
                channel = self._channels[self._places[id]]
                if channel.opening != opening:
                    raise OtherOpening
                return channel, False
            if len(self._channels) >= self._limit:
                raise Full
            channel = Channel(id, opening, self._now())
            self._places[id] = len(self._channels)
            self._channels.append(channel)
            self._recordings[id] = {}
            return channel, True

    def find(self, id: str) -> Channel:
        with self._lock:
            return self._channels[self._place(id)]

    def close(self, id: str) -> Channel:
        with self._lock:
            place = self._place(id)
            channel = self._channels[place]
            if channel.closed_at is None:
                channel = self._channels[place] = replace(channel, closed_at=self._now())
            return channel

    def page(
        self, *, limit: int, after: str | None = None, state: State | None = None, show: str | None = None
    ) -> Page:
        found: list[Channel] = []
        # Nobody else waits while this one looks through them: a channel never changes, it is replaced.
        with self._lock:
            channels = self._channels[: None if after is None else self._place(after)]
        for channel in reversed(channels):
            if state is not None and channel.state is not state:
                continue
            if show is not None and channel.opening.show != show:
                continue
            if len(found) == limit:
                # One more than asked for: so there is a next page, and it is not empty.
                return Page(found, found[-1].id)
            found.append(channel)
        return Page(found, None)

    def announce(self, id: str, announcement: Announcement) -> tuple[Recording, bool]:
        with self._lock:
            self._place(id)
            recordings = self._recordings[id]
            recording = recordings.get(announcement.name)
            if recording is not None:
                if recording.announcement != announcement:
                    raise OtherAnnouncement
                return recording, False
            if len(recordings) >= MOST_RECORDINGS:
                raise TooManyRecordings
            recording = recordings[announcement.name] = Recording(announcement, self._now())
            return recording, True

    def announced(self, id: str) -> list[Recording]:
        with self._lock:
            self._place(id)
            return sorted(self._recordings[id].values(), key=by_announcement)

    def _place(self, id: str) -> int:
        place = self._places.get(id)
        if place is None:
            raise NotFound
        return place
