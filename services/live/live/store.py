"""Keeps channels."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from live.channel import Channel, Opening, State


class NotFound(LookupError):
    """No channel has this id."""

    def __init__(self) -> None:
        super().__init__("no such channel")


class OtherOpening(Exception):
    """The key has a channel already, for something else."""

    def __init__(self) -> None:
        super().__init__("this key has a channel of another show or title")


class Full(Exception):
    """The store takes no more channels."""

    def __init__(self) -> None:
        super().__init__("the store is full")


@dataclass(frozen=True, slots=True)
class Page:
    """Some channels, newest first, and the id after which the next page begins; None when this is the last."""

    channels: list[Channel]
    next: str | None


class Store(Protocol):
    """Keeps channels. All methods may be called at the same time, by any thread."""

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
        the id `after`; raises NotFound if there is none."""
        ...


def _now() -> datetime:
    now = datetime.now(UTC)
    # To the millisecond, as it is shown: what is kept and what callers saw are the same.
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Memory:
    """A Store that keeps channels for as long as the process lives, and at most limit of them."""

    def __init__(self, limit: int, now: Callable[[], datetime] = _now) -> None:
        self._limit = limit
        self._now = now
        self._lock = threading.Lock()
        # In the order of opening. Nothing is ever taken out, so the place of a channel is good for a cursor.
        self._channels: list[Channel] = []
        self._by_id: dict[str, int] = {}
        self._by_key: dict[str, int] = {}

    def open(self, opening: Opening) -> tuple[Channel, bool]:
        with self._lock:
            place = self._by_key.get(opening.key)
            if place is not None:
                channel = self._channels[place]
                if channel.opening != opening:
                    raise OtherOpening
                return channel, False
            place = len(self._channels)
            if place >= self._limit:
                raise Full
            channel = Channel(str(uuid.uuid4()), opening, self._now())
            self._channels.append(channel)
            self._by_id[channel.id] = self._by_key[opening.key] = place
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

    def _place(self, id: str) -> int:
        place = self._by_id.get(id)
        if place is None:
            raise NotFound
        return place
