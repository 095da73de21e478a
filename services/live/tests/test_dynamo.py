"""What DynamoDB refuses, and what no engine shows: throttling, an index that is behind. tests.contract has the rest."""

import logging
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import TestCase

from botocore.stub import ANY

from live.channel import Announcement, Channel, Opening, Recording, State, id_of
from live.dynamo import FILTERED_AT_ONCE, MOST_QUERIES, Dynamo
from live.store import (
    Away,
    NotFound,
    OtherAnnouncement,
    OtherOpening,
    Page,
    TooManyRecordings,
)
from tests import stubs
from tests.contract import ANNOUNCEMENT, OPENING, SECRET, START
from tests.stubs import WHOLE, failures

ID = id_of("k-1", SECRET)
ITEM = {
    "id": {"S": ID},
    "key": {"S": "k-1"},
    "show": {"S": "hamlet"},
    "title": {"S": "햄릿"},
    "openedAt": {"S": "2026-11-24T00:00:00.000Z"},
    "month": {"S": "2026-11"},
    "openedAtId": {"S": f"2026-11-24T00:00:00.000Z#{ID}"},
    "recordings": {"M": {}},
}
ENTRY = {
    "M": {
        "type": {"S": ANNOUNCEMENT.type},
        "size": {"N": str(ANNOUNCEMENT.size)},
        "announcedAt": {"S": "2026-11-24T00:00:00.000Z"},
    }
}
ANNOUNCED = {**ITEM, "recordings": {"M": {ANNOUNCEMENT.name: ENTRY}}}
CHANNEL = Channel(ID, OPENING, START)
RECORDING = Recording(ANNOUNCEMENT, START)
CONDITION = "ConditionalCheckFailedException"
CALLS: dict[str, Callable[[Dynamo], Any]] = {
    "put_item": lambda store: store.open(OPENING),
    "get_item": lambda store: store.find(ID),
    "update_item": lambda store: store.close(ID),
    "query": lambda store: store.page(limit=1),
}


def item(n: int, month: str = "2026-11", **more: Any) -> dict[str, Any]:
    opened_at = f"{month}-24T00:00:00.{n:03}Z"
    id = id_of(f"k-{n}", SECRET)
    return {
        **ITEM,
        "id": {"S": id},
        "key": {"S": f"k-{n}"},
        "openedAt": {"S": opened_at},
        "month": {"S": month},
        "openedAtId": {"S": f"{opened_at}#{id}"},
        **more,
    }


def reached(item: dict[str, Any]) -> dict[str, Any]:
    return {"LastEvaluatedKey": {name: item[name] for name in ("id", "month", "openedAtId")}}


class DynamoTest(TestCase):
    def setUp(self) -> None:
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)
        client = stubs.dynamodb()
        self.stub = stubs.stubbed(self, client)
        self.now = START
        self.store = Dynamo(client, "channels", SECRET, lambda: self.now)

    def answers(self, operation: str, expected: dict[str, Any] | None = None, **answer: Any) -> None:
        always = {"TableName": "channels", "ReturnConsumedCapacity": "TOTAL"}
        params = None if expected is None else {**always, **expected}
        self.stub.add_response(operation, {**WHOLE, **answer}, params)

    def refuses(self, operation: str, code: str = CONDITION, **fields: Any) -> None:
        self.stub.add_client_error(operation, code, modeled_fields=fields or None)

    def queried(self, month: str, before: str, *items: dict[str, Any], limit: int, more: bool = False) -> None:
        expected = {
            "IndexName": "month",
            "KeyConditionExpression": "#partition = :partition AND openedAtId < :before",
            "ExpressionAttributeNames": {"#partition": "month"},
            "ExpressionAttributeValues": {":partition": {"S": month}, ":before": {"S": before}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        self.answers("query", expected, Items=list(items), **(reached(items[-1]) if more else {}))


class ComposedTest(DynamoTest):
    def test_a_channel_that_was_stored_in_parts(self) -> None:
        parts = {**ITEM, "title": {"S": unicodedata.normalize("NFD", OPENING.title)}}
        self.assertNotEqual(parts, ITEM)
        self.refuses("put_item", Item=parts)
        self.assertEqual(self.store.open(OPENING), (CHANNEL, False))


class RefusedTest(DynamoTest):
    def test_the_item_of_a_channel(self) -> None:
        # Written down: the indexes, and other versions of this code, depend on it.
        self.answers(
            "put_item",
            {
                "Item": ITEM,
                "ConditionExpression": "attribute_not_exists(id)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            },
        )
        self.assertEqual(self.store.open(OPENING), (CHANNEL, True))

    def test_a_key_that_has_a_channel(self) -> None:
        for told in ({"Item": ITEM}, {}):
            with self.subTest(str(told)[:10]):
                for opening in (OPENING, Opening("k-1", "macbeth", "Macbeth")):
                    self.refuses("put_item", **told)
                    if not told:
                        # Without the item, it is read, and not from where it may be old.
                        self.answers("get_item", {"Key": {"id": {"S": ID}}, "ConsistentRead": True}, Item=ITEM)
                    if opening == OPENING:
                        self.assertEqual(self.store.open(opening), (CHANNEL, False))
                    else:
                        with self.assertRaises(OtherOpening):
                            self.store.open(opening)

    def test_what_is_read(self) -> None:
        asked = {"Key": {"id": {"S": ID}}, "ConsistentRead": True}
        self.answers("get_item", asked, Item=ITEM)
        self.assertEqual(self.store.find(ID), CHANNEL)
        self.answers("get_item", asked, Item=ANNOUNCED)
        self.assertEqual(self.store.announced(ID), [RECORDING])
        self.answers("get_item", asked)
        with self.assertRaises(NotFound):
            self.store.find(ID)
        # Nobody is asked for what cannot be a key.
        for id in ("", "none", ID.upper(), ID + "a", "a" * 3000, "\ud800"):
            with self.assertRaises(NotFound):
                self.store.close(id)

    def test_the_first_close_counts(self) -> None:
        closed = {**ITEM, "closedAt": {"S": "2026-11-24T00:00:01.500Z"}}
        self.answers("update_item", Attributes=closed)
        self.assertEqual(self.store.close(ID).closed_at, START + timedelta(seconds=1.5))

    def test_nothing_to_close(self) -> None:
        self.refuses("update_item")
        with self.assertRaises(NotFound):
            self.store.close(ID)

    def test_announcements(self) -> None:
        others = {"M": {f"{n}.mp4": ENTRY for n in range(50)}}
        tests = [
            (ANNOUNCEMENT, ANNOUNCED, (RECORDING, False)),
            (Announcement(ANNOUNCEMENT.name, "video/mp4", 1), ANNOUNCED, OtherAnnouncement),
            (ANNOUNCEMENT, {**ITEM, "recordings": others}, TooManyRecordings),
        ]
        for announcement, there, expected in tests:
            for told in (True, False):
                with self.subTest(f"{expected} {told}"):
                    self.refuses("update_item", **({"Item": there} if told else {}))
                    if not told:
                        self.answers("get_item", Item=there)
                    if isinstance(expected, tuple):
                        self.assertEqual(self.store.announce(ID, announcement), expected)
                    else:
                        with self.assertRaises(expected):
                            self.store.announce(ID, announcement)
        self.refuses("update_item")
        self.answers("get_item")
        with self.assertRaises(NotFound):
            self.store.announce(ID, ANNOUNCEMENT)

    def test_the_first_announcement_counts(self) -> None:
        self.now = START + timedelta(hours=1)
        self.answers("update_item", Attributes=ANNOUNCED)
        self.assertEqual(self.store.announce(ID, ANNOUNCEMENT), (RECORDING, False))
        self.answers("update_item", Attributes=ITEM)
        self.assertEqual(self.store.announce(ID, ANNOUNCEMENT), (Recording(ANNOUNCEMENT, self.now), True))

    def test_every_other_refusal(self) -> None:
        codes = [
            "ProvisionedThroughputExceededException",
            "ThrottlingException",
            "RequestLimitExceeded",
            "TransactionConflictException",
            "ReplicatedWriteConflictException",
            "InternalServerError",
            "ServiceUnavailable",
            "ResourceNotFoundException",
            "AccessDeniedException",
            "UnrecognizedClientException",
            "ExpiredTokenException",
            "ItemCollectionSizeLimitExceededException",
            "ValidationException",
            "418",
            "",
        ]
        for operation, call in CALLS.items():
            for code in codes:
                with self.subTest(f"{operation} {code}"):
                    before = failures("dynamodb")
                    self.refuses(operation, code)
                    with self.assertRaises(Away):
                        call(self.store)
                    self.assertEqual(failures("dynamodb"), before + 1)

    def test_an_answer_of_something_else(self) -> None:
        for operation, call in CALLS.items():
            with self.subTest(operation):
                self.stub.add_response(operation, {})
                with self.assertRaises(Away):
                    call(self.store)


class PageTest(DynamoTest):
    def test_a_page_goes_on_until_it_is_full(self) -> None:
        expected = {
            "IndexName": "show",
            "KeyConditionExpression": "#partition = :partition AND openedAtId < :before",
            "FilterExpression": "attribute_not_exists(closedAt)",
            "ExpressionAttributeNames": {"#partition": "show"},
            "ScanIndexForward": False,
            "Limit": FILTERED_AT_ONCE,
        }
        before = "~"
        for n in (9, 7, 5):
            values = {":partition": {"S": "hamlet"}, ":before": {"S": before}}
            # Of what a query read, the filter left one, and it was not the last.
            self.answers(
                "query", {**expected, "ExpressionAttributeValues": values}, Items=[item(n)], **reached(item(n - 1))
            )
            before = item(n - 1)["openedAtId"]["S"]
        page = self.store.page(limit=2, state=State.OPEN, show="hamlet")
        self.assertEqual([channel.opening.key for channel in page.channels], ["k-9", "k-7"])
        self.assertEqual(page.next, item(7)["id"]["S"])

    def test_closed_ones(self) -> None:
        closed = item(1, closedAt={"S": "2026-11-25T00:00:00.000Z"})
        expected = dict.fromkeys(
            ("IndexName", "KeyConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"), ANY
        )
        filtered = {"FilterExpression": "attribute_exists(closedAt)", "ScanIndexForward": False, "Limit": ANY}
        self.answers("query", expected | filtered, Items=[closed])
        [channel] = self.store.page(limit=2, state=State.CLOSED).channels
        self.assertEqual(channel.closed_at, datetime(2026, 11, 25, tzinfo=UTC))

    def test_it_ends_before_it_reads_the_whole_table(self) -> None:
        for n in range(MOST_QUERIES):
            self.answers("query", Items=[item(900)] if n == 3 else [], **reached(item(500 - n)))
        page = self.store.page(limit=2, state=State.OPEN)
        self.assertEqual([channel.opening.key for channel in page.channels], ["k-900"])
        # The next page begins where this one stopped, at a channel that it does not show.
        self.assertEqual(page.next, item(500 - MOST_QUERIES + 1)["id"]["S"])

    def test_months(self) -> None:
        self.now = datetime(2027, 1, 31, 23, 59, 59, 999_000, tzinfo=UTC)
        # Another replica's clock may already be in February.
        self.queried("2027-02", "~", limit=3)
        self.queried("2027-01", "~", item(8, "2027-01"), limit=3)
        self.queried("2026-12", "~", limit=3)
        self.queried("2026-11", "~", item(7), limit=3)
        page = self.store.page(limit=2)
        self.assertEqual([channel.opening.key for channel in page.channels], ["k-8", "k-7"])
        self.assertIsNone(page.next)

    def test_a_page_of_a_megabyte(self) -> None:
        # DynamoDB reads no more than that, whatever the limit is.
        self.queried("2026-11", "~", item(9), limit=3, more=True)
        self.queried("2026-11", item(9)["openedAtId"]["S"], item(8), limit=3)
        self.assertEqual(len(self.store.page(limit=2).channels), 2)

    def test_an_index_that_is_behind(self) -> None:
        # It gave an id, and the table does not know it.
        self.queried("2026-11", "~", item(9), item(8), limit=2)
        page = self.store.page(limit=1)
        self.answers("get_item", {"Key": {"id": {"S": page.next}}, "ConsistentRead": True})
        with self.assertRaises(NotFound):
            self.store.page(limit=1, after=page.next)
        # The table has a channel that the index does not know yet: the page begins after it all the same.
        self.answers("get_item", Item=item(9))
        self.queried("2026-11", item(9)["openedAtId"]["S"], item(7), limit=2)
        page = self.store.page(limit=1, after=item(9)["id"]["S"])
        self.assertEqual([channel.opening.key for channel in page.channels], ["k-7"])

    def test_an_item_that_is_no_channel(self) -> None:
        logging.disable(logging.NOTSET)
        broken = [
            {"id": {"S": "x"}},
            item(6, title={"N": "1"}),
            item(5, openedAt={"S": "yesterday"}),
            item(4, closedAt={"NULL": True}),
        ]
        self.queried("2026-11", "~", item(9), *broken, item(3), limit=11)
        with self.assertLogs("live.dynamo", "ERROR") as logs:
            page = self.store.page(limit=10)
        self.assertEqual([channel.opening.key for channel in page.channels], ["k-9", "k-3"])
        self.assertEqual(len(logs.records), len(broken))
        # What a later version adds is no fault.
        self.queried("2026-11", "~", item(9, language={"S": "ko"}), limit=11)
        self.assertEqual(len(self.store.page(limit=10).channels), 1)

    def test_nothing(self) -> None:
        self.queried("2026-11", "~", limit=2)
        self.assertEqual(self.store.page(limit=1), Page([], None))
