"""What every Store does. tests.test_store tries it on Memory, tests.engine_tests on DynamoDB. Import the module, not
the class: unittest runs each TestCase that is in a module of tests."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier, Lock
from unittest import TestCase

from live.channel import Announcement, Channel, Opening, State, id_of
from live.store import (
    MOST_RECORDINGS,
    NotFound,
    OtherAnnouncement,
    OtherOpening,
    Store,
    TooManyRecordings,
)

OPENING = Opening(key="k-1", show="hamlet", title="햄릿")
ANNOUNCEMENT = Announcement(name="act-1.mp4", type="video/mp4", size=5 << 30)
SECRET = b"a secret of 32 bytes, for tests."
START = datetime(2026, 11, 24, tzinfo=UTC)


def clock(step: timedelta = timedelta(seconds=1)) -> Callable[[], datetime]:
    """Goes on by a step each time that it is read, by any thread."""
    steps, lock = count(), Lock()

    def now() -> datetime:
        with lock:
            return START + next(steps) * step

    return now


def keys(store: Store, **query: object) -> list[str]:
    return [channel.opening.key for channel in store.page(**{"limit": 100, **query}).channels]


def pages(store: Store, **query: object) -> Iterator[list[Channel]]:
    page = store.page(**query)
    yield page.channels
    while page.next is not None:
        page = store.page(**{**query, "after": page.next})
        yield page.channels


class StoreContract(TestCase):
    """A subclass makes the store; this one itself is not run."""

    def make(self, now: Callable[[], datetime]) -> Store:
        """An empty store with SECRET."""
        raise NotImplementedError

    def test_one_channel_per_key(self) -> None:
        store = self.make(clock())
        first, created = store.open(OPENING)
        self.assertTrue(created)
        self.assertEqual(first, Channel(id_of("k-1", SECRET), OPENING, START))
        self.assertEqual(first.state, State.OPEN)
        self.assertEqual(store.open(OPENING), (first, False))
        for other in (replace(OPENING, show="macbeth"), replace(OPENING, title="Hamlet")):
            with self.assertRaises(OtherOpening):
                store.open(other)
        self.assertEqual(store.find(first.id), first)
        self.assertEqual(keys(store), ["k-1"])

    def test_a_show_may_have_several(self) -> None:
        store = self.make(clock())
        first, _ = store.open(OPENING)
        second, created = store.open(replace(OPENING, key="k-2"))
        self.assertTrue(created)
        self.assertNotEqual(first.id, second.id)

    def test_the_first_close_counts(self) -> None:
        store = self.make(clock())
        channel, _ = store.open(OPENING)
        closed = store.close(channel.id)
        self.assertEqual(closed.state, State.CLOSED)
        self.assertEqual(closed, replace(channel, closed_at=channel.opened_at + timedelta(seconds=1)))
        self.assertEqual(store.close(channel.id), closed)
        self.assertEqual(store.find(channel.id), closed)
        # A late repetition does not open it again.
        self.assertEqual(store.open(OPENING), (closed, False))

    def test_unknown(self) -> None:
        store = self.make(clock())
        for id in (id_of("nobody's", SECRET), "none", "", "a" * 3000, "\ud800", "a b", "../a"):
            for ask in (
                store.find,
                store.close,
                store.announced,
                lambda after: store.page(limit=1, after=after),
                lambda of: store.announce(of, ANNOUNCEMENT),
            ):
                with self.subTest(id[:30]), self.assertRaises(NotFound):
                    ask(id)
        # Nothing was made by asking.
        self.assertEqual(keys(store), [])

    def test_pages(self) -> None:
        store = self.make(clock())
        opened = [store.open(replace(OPENING, key=f"k-{n}", show=f"show-{n % 2}"))[0] for n in range(6)]
        store.close(opened[2].id)
        self.assertEqual(keys(store), ["k-5", "k-4", "k-3", "k-2", "k-1", "k-0"])
        self.assertEqual(keys(store, state=State.CLOSED), ["k-2"])
        self.assertEqual(keys(store, state=State.OPEN, show="show-0"), ["k-4", "k-0"])
        self.assertEqual(keys(store, show="none"), [])
        self.assertEqual(keys(store, after=opened[0].id), [])
        # A cursor may be of another show, or of another state.
        self.assertEqual(keys(store, show="show-0", after=opened[3].id), ["k-2", "k-0"])
        self.assertEqual(keys(store, state=State.OPEN, after=opened[2].id), ["k-1", "k-0"])

    def test_next_is_none_on_the_last_page(self) -> None:
        store = self.make(clock())
        for n in range(4):
            store.open(replace(OPENING, key=f"k-{n}"))
        first = store.page(limit=2)
        # What is opened between two pages does not move the second one.
        store.open(replace(OPENING, key="k-9"))
        second = store.page(limit=2, after=first.next)
        self.assertEqual([c.opening.key for c in first.channels + second.channels], ["k-3", "k-2", "k-1", "k-0"])
        self.assertEqual(first.next, first.channels[-1].id)
        self.assertIsNone(second.next)

    def test_pages_of_months_and_of_one_moment(self) -> None:
        for name, step in (("months", timedelta(days=20)), ("one moment", timedelta())):
            with self.subTest(name):
                store = self.make(clock(step))
                opened = [store.open(replace(OPENING, key=f"{name}-{n}"))[0] for n in range(7)]
                for query in ({}, {"state": State.OPEN}, {"show": OPENING.show}):
                    found = list(pages(store, limit=3, **query))
                    self.assertEqual([len(page) for page in found], [3, 3, 1])
                    listed = [channel for page in found for channel in page]
                    self.assertEqual(Counter(listed), Counter(opened))
                    self.assertEqual(listed, sorted(listed, key=lambda channel: channel.opened_at, reverse=True))

    def test_announcements(self) -> None:
        store = self.make(clock())
        channel, _ = store.open(OPENING)
        self.assertEqual(store.announced(channel.id), [])
        first, created = store.announce(channel.id, ANNOUNCEMENT)
        self.assertTrue(created)
        self.assertEqual((first.announcement, first.announced_at), (ANNOUNCEMENT, START + timedelta(seconds=1)))
        store.close(channel.id)
        self.assertEqual(store.announce(channel.id, ANNOUNCEMENT), (first, False))
        for other in (replace(ANNOUNCEMENT, type="video/webm"), replace(ANNOUNCEMENT, size=1)):
            with self.assertRaises(OtherAnnouncement):
                store.announce(channel.id, other)
        second, _ = store.announce(channel.id, replace(ANNOUNCEMENT, name="ACT-1.mp4"))
        self.assertEqual(store.announced(channel.id), [first, second])
        # They are no part of the channel, and of no other one.
        self.assertEqual(store.find(channel.id).opening, OPENING)
        self.assertEqual(store.announced(store.open(replace(OPENING, key="k-2"))[0].id), [])

    def test_too_many_announcements(self) -> None:
        store = self.make(clock())
        channel, _ = store.open(OPENING)
        names = [f"{n}.mp4" for n in range(MOST_RECORDINGS + 5)]

        def announce(name: str) -> bool:
            try:
                return store.announce(channel.id, replace(ANNOUNCEMENT, name=name))[1]
            except TooManyRecordings:
                return False

        with ThreadPoolExecutor(8) as pool:
            created = list(pool.map(announce, names))
        self.assertEqual(sum(created), MOST_RECORDINGS)
        there = [recording.announcement.name for recording in store.announced(channel.id)]
        self.assertEqual(sorted(there), sorted(name for name, new in zip(names, created, strict=True) if new))
        # It still knows those that it has.
        self.assertFalse(store.announce(channel.id, replace(ANNOUNCEMENT, name=there[0]))[1])

    def test_at_the_same_time(self) -> None:
        store = self.make(clock())
        numbers, callers = 50, 8
        start = Barrier(callers)

        def call(caller: int) -> list[tuple[str, bool, datetime | None, bool]]:
            start.wait()
            answers = []
            # Half of them in the other order, so that they meet in the middle too.
            for n in range(numbers)[:: 1 if caller % 2 else -1]:
                channel, created = store.open(replace(OPENING, key=f"k-{n}"))
                closed = store.close(channel.id)
                self.assertEqual(store.find(channel.id), closed)
                self.assertIn(channel.id, [c.id for c in store.page(limit=100, state=State.CLOSED).channels])
                answers.append((channel.id, created, closed.closed_at, store.announce(channel.id, ANNOUNCEMENT)[1]))
            return answers

        with ThreadPoolExecutor(callers) as pool:
            answers = [answer for one in pool.map(call, range(callers)) for answer in one]
        self.assertEqual(sum(created for _, created, _, _ in answers), numbers, "a key was new twice")
        self.assertEqual(sum(created for _, _, _, created in answers), numbers, "a recording was new twice")
        # Every caller was told the same id and the same time of closing.
        self.assertEqual(set(Counter((id, closed) for id, _, closed, _ in answers).values()), {callers})
        self.assertEqual(len(keys(store)), numbers)
