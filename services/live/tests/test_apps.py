from unittest import TestCase, mock
from urllib.parse import urlsplit

from live.apps import bucket_of, store_of
from live.channel import id_of
from live.config import config_of
from live.dynamo import Dynamo
from live.store import Memory
from tests.contract import ANNOUNCEMENT, OPENING, SECRET
from tests.stubs import CREDENTIALS, REGION
from tests.test_config import BUCKET, TABLE


class StoresTest(TestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch.dict("os.environ", CREDENTIALS))

    def test_channels(self) -> None:
        self.assertIsInstance(store_of(config_of(TABLE)), Dynamo)
        memory = store_of(config_of({"CHANNEL_KEY": SECRET.decode()}))
        self.assertIsInstance(memory, Memory)
        self.assertEqual(memory.open(OPENING)[0].id, id_of(OPENING.key, SECRET))
        # Without a key it has one of its own.
        ids = {store_of(config_of({})).open(OPENING)[0].id for _ in range(2)}
        self.assertEqual(len(ids), 2)

    def test_recordings(self) -> None:
        self.assertIsNone(bucket_of(config_of(TABLE)))
        inside, outside = "http://s3.seoul.internal:7070", "https://s3.example.com"
        name = BUCKET["BUCKET_RECORDINGS"]
        tests = [
            ({}, f"{name}.s3.{REGION}.amazonaws.com", ""),
            ({"AWS_ENDPOINT_URL_S3": inside}, "s3.seoul.internal:7070", f"/{name}"),
            ({"AWS_ENDPOINT_URL_S3": inside, "S3_PUBLIC_URL": outside}, "s3.example.com", f"/{name}"),
        ]
        for environ, host, folder in tests:
            with self.subTest(host), mock.patch.dict("os.environ", environ):
                url = urlsplit(bucket_of(config_of(BUCKET | environ)).upload("a" * 26, ANNOUNCEMENT).url)
                self.assertEqual((url.netloc, url.path), (host, f"{folder}/{'a' * 26}/act-1.mp4"))
