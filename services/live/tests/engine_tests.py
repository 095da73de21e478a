"""The stores on their engines, which README.md tells how to start. They fail where the variables are missing. Each run
makes tables and folders of its own, and takes the tables away."""

import http.client
import os
import secrets
import time
import unittest
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from live import apps, aws, bucket
from live.bucket import Bucket, Link
from live.channel import Announcement, id_of
from live.config import Config, config_of
from live.dynamo import Dynamo
from tests import contract

# The table that the platform makes.
KEY = [{"AttributeName": "id", "KeyType": "HASH"}]
INDEXES = [
    {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": name, "KeyType": "HASH"},
            {"AttributeName": "openedAtId", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }
    for name in ("month", "show")
]


def config() -> Config:
    found = config_of(os.environ)
    missing = [name for name in ("TABLE_CHANNELS", "BUCKET_RECORDINGS") if not os.environ.get(name)]
    if missing:
        raise AssertionError(f"{' and '.join(missing)}: missing; README.md tells what these tests need")
    return found


class DynamoTest(contract.StoreContract):
    def setUp(self) -> None:
        self.config = config()
        self.client = aws.client("dynamodb", self.config.region)

    def make(self, now: Callable[[], datetime]) -> Dynamo:
        table = f"{self.config.table}-test-{secrets.token_hex(4)}"
        self.client.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=KEY,
            GlobalSecondaryIndexes=INDEXES,
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("id", "month", "show", "openedAtId")
            ],
        )
        self.addCleanup(self.client.delete_table, TableName=table)
        self.client.get_waiter("table_exists").wait(TableName=table)
        return Dynamo(self.client, table, contract.SECRET, now)

    def test_the_table_of_the_platform(self) -> None:
        table = self.client.describe_table(TableName=self.config.table)["Table"]
        self.assertEqual(table["KeySchema"], KEY)
        indexes = [{name: index[name] for name in INDEXES[0]} for index in table["GlobalSecondaryIndexes"]]
        self.assertEqual(sorted(indexes, key=lambda index: index["IndexName"]), INDEXES)


class BucketTest(unittest.TestCase):
    def setUp(self) -> None:
        self.config = config()
        found = apps.bucket_of(self.config)
        assert found is not None
        self.bucket = found
        # A folder of its own: that of a channel which nobody has.
        self.id = id_of(secrets.token_hex(), contract.SECRET)
        self.body = secrets.token_bytes(1000)
        self.announcement = Announcement("act-1.mp4", "video/mp4", len(self.body))

    def send(
        self, link: Link, body: bytes | None = None, method: str = "", path: str = "", **headers: str | None
    ) -> Any:
        url = urlsplit(link.url)
        connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = connect(url.netloc, timeout=10)
        self.addCleanup(connection.close)
        changed = {**link.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        sent = {name: value for name, value in changed.items() if value is not None}
        connection.request(method or link.method, f"{path or url.path}?{url.query}", body, sent)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers

    def upload(self) -> Link:
        return self.bucket.upload(self.id, self.announcement)

    def download(self) -> Link:
        return self.bucket.download(self.id, self.announcement.name)

    def test_a_recording_comes_and_is_fetched(self) -> None:
        self.assertEqual(self.bucket.stored(self.id), set())
        self.assertEqual(self.send(self.download())[0], 404)
        self.assertEqual(self.send(self.upload(), self.body)[0], 200)
        self.assertEqual(self.bucket.stored(self.id), {"act-1.mp4"})
        status, body, headers = self.send(self.download())
        self.assertEqual((status, body, headers["Content-Type"]), (200, self.body, "video/mp4"))

    def test_it_is_not_replaced(self) -> None:
        self.assertEqual(self.send(self.upload(), self.body)[0], 200)
        self.assertEqual(self.send(self.upload(), self.body[::-1])[0], 412)
        self.assertEqual(self.send(self.download())[1], self.body)

    def test_a_link_is_good_for_one_request(self) -> None:
        link = self.upload()
        path = urlsplit(link.url).path
        tests: dict[str, dict[str, Any]] = {
            "another type": {"Content_Type": "text/html"},
            "no type": {"Content_Type": None},
            "a longer body": {"body": self.body + b"x"},
            "a shorter body": {"body": self.body[1:]},
            "a condition left out": {"If_None_Match": None},
            "another name": {"path": path.replace("act-1", "act-2")},
            "another channel": {"path": path.replace(self.id, "b" * 26)},
            "another method": {"method": "DELETE"},
        }
        for name, changes in tests.items():
            with self.subTest(name):
                self.assertIn(self.send(link, **{"body": self.body, **changes})[0], (400, 403))
        self.assertEqual(self.bucket.stored(self.id), set())
        self.assertEqual(self.send(link, self.body)[0], 200)
        fetch = self.download()
        for name, changes in {"another name": {"path": path + "x"}, "another method": {"method": "DELETE"}}.items():
            with self.subTest(name):
                self.assertEqual(self.send(fetch, **changes)[0], 403)

    def test_an_expired_link(self) -> None:
        with mock.patch.object(bucket, "EXPIRY", timedelta(seconds=1)):
            link = self.upload()
        time.sleep(2)
        self.assertEqual(self.send(link, self.body)[0], 403)
        self.assertEqual(self.bucket.stored(self.id), set())

    def test_other_credentials(self) -> None:
        endpoint = self.config.public_url or self.config.s3_url
        changed = mock.patch.dict(os.environ, {"AWS_SECRET_ACCESS_KEY": "another"})
        # It remembers the credentials of this process.
        with changed, mock.patch("boto3.DEFAULT_SESSION", None):
            foreign = bucket.client(self.config.region, endpoint)
        link = Bucket(foreign, foreign, self.config.bucket).upload(self.id, self.announcement)
        self.assertEqual(self.send(link, self.body)[0], 403)


if __name__ == "__main__":
    unittest.main()
