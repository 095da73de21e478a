"""Channels in DynamoDB.

An item of the table is a channel, by its `id`. The indexes `month` and `show` have their name for the partition and
`openedAtId` for the order, and every attribute. On AWS they are behind the table by a moment.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from live import instant
from live.aws import Foreign, asking
from live.channel import Announcement, Channel, Opening, Recording, State, id_of
from live.store import (
    MOST_RECORDINGS,
    NotFound,
    OtherAnnouncement,
    OtherOpening,
    Page,
    TooManyRecordings,
    by_announcement,
)

log = logging.getLogger(__name__)

Item = dict[str, Any]

# No table is older than this code.
FIRST_MONTH = "2026-11"
# Another replica's clock may be ahead of this one's, also when a month begins.
SKEW = timedelta(minutes=1)
# DynamoDB filters what it has read: a page of a rare state takes several queries, and must not read the whole table.
FILTERED_AT_ONCE = 250
MOST_QUERIES = 10
# Sorts after every openedAtId, which begins with a digit.
END = "~"


class _Refused(Exception):
    """The condition of a write does not hold. The item is what there is, if DynamoDB gave it."""

    def __init__(self, item: Item | None) -> None:
        super().__init__()
        self.item = item


class Dynamo:
    """A Store. One write of one item decides everything, so it needs neither locks nor transactions."""

    def __init__(self, client: Any, table: str, secret: bytes, now: Callable[[], datetime] = instant.now) -> None:
        self._client = client
        self._table = table
        self._secret = secret
        self._now = now

    def open(self, opening: Opening) -> tuple[Channel, bool]:
        channel = Channel(id_of(opening.key, self._secret), opening, self._now())
        try:
            self._ask(
                "put_item",
                Item=_item_of(channel),
                ConditionExpression="attribute_not_exists(id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except _Refused as refused:
            # It may also be the first try of this very call, whose answer was lost.
            there = _channel_of(refused.item or self._item(channel.id))
            if there.opening != opening:
                raise OtherOpening from None
            return there, False
        return channel, True

    def find(self, id: str) -> Channel:
        return _channel_of(self._item(id))

    def close(self, id: str) -> Channel:
        try:
            answer = self._ask(
                "update_item",
                Key=_key(id),
                UpdateExpression="SET closedAt = if_not_exists(closedAt, :now)",
                ConditionExpression="attribute_exists(id)",
                ExpressionAttributeValues={":now": {"S": instant.shown(self._now())}},
                ReturnValues="ALL_NEW",
            )
        except _Refused:
            raise NotFound from None
        return _channel_of(answer["Attributes"])

    def page(
        self, *, limit: int, after: str | None = None, state: State | None = None, show: str | None = None
    ) -> Page:
        last = None if after is None else self.find(after)
        before = END if last is None else _opened_at_id(last)
        newest = self._now() + SKEW if last is None else last.opened_at
        index, partitions = ("month", _months(newest)) if show is None else ("show", iter([show]))
        found: list[Channel] = []
        queries = 0
        for partition in partitions:
            more = True
            while more:
                answer = self._query(index, partition, before, limit, state)
                found += _readable(answer["Items"])
                if len(found) > limit:
                    return Page(found[:limit], found[limit - 1].id)
                more = "LastEvaluatedKey" in answer
                if more:
                    before = answer["LastEvaluatedKey"]["openedAtId"]["S"]
                    queries += 1
                    if queries == MOST_QUERIES:
                        return Page(found, before.rpartition("#")[2])
        return Page(found, None)

    def announce(self, id: str, announcement: Announcement) -> tuple[Recording, bool]:
        recording = Recording(announcement, self._now())
        entry = _entry_of(recording)
        try:
            answer = self._ask(
                "update_item",
                Key=_key(id),
                UpdateExpression="SET recordings.#name = if_not_exists(recordings.#name, :recording)",
                ConditionExpression=(
                    "attribute_exists(id) AND ("
                    "(recordings.#name.#type = :type AND recordings.#name.#size = :size)"
                    " OR (attribute_not_exists(recordings.#name) AND size(recordings) < :most))"
                ),
                ExpressionAttributeNames={"#name": announcement.name, "#type": "type", "#size": "size"},
                ExpressionAttributeValues={
                    ":recording": {"M": entry},
                    ":type": entry["type"],
                    ":size": entry["size"],
                    ":most": {"N": str(MOST_RECORDINGS)},
                },
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except _Refused as refused:
            # Without an item there is no such channel, or DynamoDB did not give it: the read finds out.
            there = _recordings_of(refused.item or self._item(id)).get(announcement.name)
            if there is None:
                raise TooManyRecordings from None
            if there.announcement != announcement:
                raise OtherAnnouncement from None
            return there, False
        there = _recordings_of(answer["Attributes"]).get(announcement.name)
        return (recording, True) if there is None else (there, False)

    def announced(self, id: str) -> list[Recording]:
        return sorted(_recordings_of(self._item(id)).values(), key=by_announcement)

    def _item(self, id: str) -> Item:
        answer = self._ask("get_item", Key=_key(id), ConsistentRead=True)
        if "Item" not in answer:
            raise NotFound
        item: Item = answer["Item"]
        return item

    def _query(self, index: str, partition: str, before: str, limit: int, state: State | None) -> Item:
        query: dict[str, Any] = {
            "IndexName": index,
            "KeyConditionExpression": "#partition = :partition AND openedAtId < :before",
            "ExpressionAttributeNames": {"#partition": index},
            "ExpressionAttributeValues": {":partition": {"S": partition}, ":before": {"S": before}},
            "ScanIndexForward": False,
            # One more than asked for shows whether there is a next page.
            "Limit": limit + 1,
        }
        if state is not None:
            wanted = "attribute_not_exists" if state is State.OPEN else "attribute_exists"
            query |= {"FilterExpression": f"{wanted}(closedAt)", "Limit": FILTERED_AT_ONCE}
        return self._ask("query", **query)

    def _ask(self, operation: str, **params: Any) -> dict[str, Any]:
        with asking("dynamodb"):
            try:
                answer: dict[str, Any] = getattr(self._client, operation)(
                    TableName=self._table, ReturnConsumedCapacity="TOTAL", **params
                )
            except self._client.exceptions.ConditionalCheckFailedException as error:
                raise _Refused(error.response.get("Item")) from None
            # The SDK takes any text for an answer without an item, and so for a write that was done. What it used up is
            # in no other text.
            if "ConsumedCapacity" not in answer:
                raise Foreign
            return answer


def _key(id: str) -> Item:
    # What is no id is not asked for: DynamoDB bounds the length of a key.
    if re.fullmatch("[a-z2-7]{26}", id) is None:
        raise NotFound
    return {"id": {"S": id}}


def _item_of(channel: Channel) -> Item:
    opened_at = instant.shown(channel.opened_at)
    strings = {
        "id": channel.id,
        "key": channel.opening.key,
        "show": channel.opening.show,
        "title": channel.opening.title,
        "openedAt": opened_at,
        "month": opened_at[:7],
        "openedAtId": _opened_at_id(channel),
    }
    # The map is there from the beginning, because an update of a part of it does not make it.
    return {name: {"S": text} for name, text in strings.items()} | {"recordings": {"M": {}}}


def _channel_of(item: Item) -> Channel:
    opening = Opening(item["key"]["S"], item["show"]["S"], item["title"]["S"])
    closed_at = instant.read(item["closedAt"]["S"]) if "closedAt" in item else None
    return Channel(item["id"]["S"], opening, instant.read(item["openedAt"]["S"]), closed_at)


def _entry_of(recording: Recording) -> Item:
    return {
        "type": {"S": recording.announcement.type},
        "size": {"N": str(recording.announcement.size)},
        "announcedAt": {"S": instant.shown(recording.announced_at)},
    }


def _recordings_of(item: Item) -> dict[str, Recording]:
    return {
        name: Recording(
            Announcement(name, entry["M"]["type"]["S"], int(entry["M"]["size"]["N"])),
            instant.read(entry["M"]["announcedAt"]["S"]),
        )
        for name, entry in item["recordings"]["M"].items()
    }


def _readable(items: Iterable[Item]) -> Iterator[Channel]:
    """One item that is no channel must not take the whole list away."""
    for item in items:
        try:
            yield _channel_of(item)
        except (KeyError, ValueError):
            log.error("unreadable channel", extra={"fields": {"id": item.get("id")}})


def _opened_at_id(channel: Channel) -> str:
    return f"{instant.shown(channel.opened_at)}#{channel.id}"


def _months(newest: datetime) -> Iterator[str]:
    year, month = newest.year, newest.month
    while (text := f"{year}-{month:02}") >= FIRST_MONTH:
        yield text
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
