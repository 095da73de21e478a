from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from unittest import TestCase

from live.channel import id_of
from live.store import Full, Memory
from tests import contract
from tests.contract import OPENING, SECRET, clock


class MemoryTest(contract.StoreContract):
    def make(self, now: Callable[[], datetime]) -> Memory:
        return Memory(1000, SECRET, now)

    def test_bounded(self) -> None:
        store = Memory(1, SECRET, clock())
        channel, _ = store.open(OPENING)
        store.close(channel.id)
        with self.assertRaises(Full):
            store.open(replace(OPENING, key="k-2"))
        self.assertFalse(store.open(OPENING)[1], "a full store still knows its keys")


class IdTest(TestCase):
    def test_a_function_of_key_and_secret(self) -> None:
        # Written down, because another id for a key would be another channel.
        self.assertEqual(id_of("k-1", SECRET), "2jknazh63infr6bguym3tsuhu2")
        self.assertEqual(len({id_of(key, SECRET) for key in ("k-1", "k-2", "햄릿")}), 3)
        self.assertNotEqual(id_of("k-1", SECRET), id_of("k-1", SECRET + b"."))
