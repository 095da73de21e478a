from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier
from unittest import TestCase

from live.channel import Opening, State
from live.store import Full, Memory, NotFound, OtherOpening, Store

OPENING = Opening(key="k-1", show="hamlet", title="햄릿")


def memory(limit: int = 10) -> Memory:
    seconds = count()
    return Memory(limit, now=lambda: datetime(2026, 11, 24, tzinfo=UTC) + timedelta(seconds=next(seconds)))


def keys(store: Store, **query: object) -> list[str]:
    return [channel.opening.key for channel in store.page(**{"limit": 100, **query}).channels]


class MemoryTest(TestCase):
    def test_one_channel_per_key(self) -> None:
        store = memory()
        first, created = store.open(OPENING)
        self.assertTrue(created)
        self.assertEqual((first.opening, first.state), (OPENING, State.OPEN))
        self.assertEqual(store.open(OPENING), (first, False))
        for other in (replace(OPENING, show="macbeth"), replace(OPENING, title="Hamlet")):
            with self.assertRaises(OtherOpening):
                store.open(other)
        self.assertEqual(store.find(first.id), first)
        self.assertEqual(keys(store), ["k-1"])

    def test_a_show_may_have_several(self) -> None:
        store = memory()
        first, _ = store.open(OPENING)
        second, created = store.open(replace(OPENING, key="k-2"))
        self.assertTrue(created)
        self.assertNotEqual(first.id, second.id)

    def test_the_first_close_counts(self) -> None:
        store = memory()
        channel, _ = store.open(OPENING)
        closed = store.close(channel.id)
        self.assertEqual(closed.state, State.CLOSED)
        self.assertEqual(closed, replace(channel, closed_at=channel.opened_at + timedelta(seconds=1)))
        self.assertEqual(store.close(channel.id), closed)
        self.assertEqual(store.find(channel.id), closed)
        # A late repetition does not open it again.
        self.assertEqual(store.open(OPENING), (closed, False))

    def test_unknown(self) -> None:
        store = memory()
        for ask in (store.find, store.close, lambda after: store.page(limit=1, after=after)):
            with self.assertRaises(NotFound):
                ask("none")

    def test_bounded(self) -> None:
        store = memory(limit=1)
        channel, _ = store.open(OPENING)
        store.close(channel.id)
        with self.assertRaises(Full):
            store.open(replace(OPENING, key="k-2"))
        self.assertFalse(store.open(OPENING)[1], "a full store still knows its keys")

    def test_pages(self) -> None:
        store = memory()
        opened = [store.open(replace(OPENING, key=f"k-{n}", show=f"show-{n % 2}"))[0] for n in range(6)]
        store.close(opened[2].id)
        self.assertEqual(keys(store), ["k-5", "k-4", "k-3", "k-2", "k-1", "k-0"])
        self.assertEqual(keys(store, state=State.CLOSED), ["k-2"])
        self.assertEqual(keys(store, state=State.OPEN, show="show-0"), ["k-4", "k-0"])
        self.assertEqual(keys(store, show="none"), [])
        self.assertEqual(keys(store, after=opened[0].id), [])

    def test_next_is_none_on_the_last_page(self) -> None:
        store = memory()
        for n in range(4):
            store.open(replace(OPENING, key=f"k-{n}"))
        first = store.page(limit=2)
        # What is opened between two pages does not move the second one.
        store.open(replace(OPENING, key="k-9"))
        second = store.page(limit=2, after=first.next)
        self.assertEqual([c.opening.key for c in first.channels + second.channels], ["k-3", "k-2", "k-1", "k-0"])
        self.assertEqual(first.next, first.channels[-1].id)
        self.assertIsNone(second.next)

    def test_at_the_same_time(self) -> None:
        store = memory(limit=1000)
        numbers, callers = 50, 8
        start = Barrier(callers)

        def call(caller: int) -> list[tuple[str, bool, datetime | None]]:
            start.wait()
            answers = []
            # Half of them in the other order, so that they meet in the middle too.
            for n in range(numbers)[:: 1 if caller % 2 else -1]:
                channel, created = store.open(replace(OPENING, key=f"k-{n}"))
                closed = store.close(channel.id)
                self.assertEqual(store.find(channel.id), closed)
                self.assertIn(channel.id, [c.id for c in store.page(limit=100, state=State.CLOSED).channels])
                answers.append((channel.id, created, closed.closed_at))
            return answers

        with ThreadPoolExecutor(callers) as pool:
            answers = [answer for one in pool.map(call, range(callers)) for answer in one]
        self.assertEqual(sum(created for _, created, _ in answers), numbers, "a key was new twice")
        # Every caller was told the same id and the same time of closing.
        self.assertEqual(set(Counter((id, closed) for id, _, closed in answers).values()), {callers})
        self.assertEqual(len(keys(store)), numbers)
