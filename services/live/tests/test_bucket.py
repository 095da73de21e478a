import logging
from datetime import timedelta
from typing import Any
from unittest import TestCase, mock
from urllib.parse import parse_qs, urlsplit

from botocore.parsers import ResponseParserError

from live.bucket import EXPIRY, Bucket, Link
from live.store import Away
from tests import stubs
from tests.contract import ANNOUNCEMENT, START
from tests.stubs import failures

ID = "a" * 26
PUBLIC = "https://s3.example.com"


class LinkTest(TestCase):
    def links(self, signer: Any) -> tuple[Link, Link]:
        # Nobody is asked, so the client may be missing.
        bucket = Bucket(None, signer, "recordings", lambda: START)
        return bucket.upload(ID, ANNOUNCEMENT), bucket.download(ID, ANNOUNCEMENT.name)

    def test_what_is_signed(self) -> None:
        upload, download = self.links(stubs.s3(PUBLIC))
        for link, method, headers in (
            (upload, "PUT", "content-length;content-type;host;if-none-match"),
            (download, "GET", "host"),
        ):
            url = urlsplit(link.url)
            query = {name: value for name, [value] in parse_qs(url.query).items()}
            self.assertEqual((link.method, link.expires_at), (method, START + timedelta(minutes=15)))
            self.assertEqual(f"{url.scheme}://{url.netloc}{url.path}", f"{PUBLIC}/recordings/{ID}/act-1.mp4")
            self.assertEqual(query["X-Amz-SignedHeaders"], headers)
            self.assertEqual(query["X-Amz-Expires"], "900")
            self.assertIn("/ap-northeast-2/s3/aws4_request", query["X-Amz-Credential"])
            # A checksum would be that of nothing.
            self.assertNotIn("checksum", link.url)
        self.assertEqual(upload.headers, {"Content-Type": "video/mp4", "If-None-Match": "*"})
        self.assertEqual(download.headers, {})

    def test_on_aws(self) -> None:
        for link in self.links(stubs.s3()):
            url = urlsplit(link.url)
            # Of the region: the global host redirects, for a while, and no signature survives that.
            self.assertEqual(url.netloc, "recordings.s3.ap-northeast-2.amazonaws.com")
            self.assertEqual(url.path, f"/{ID}/act-1.mp4")

    def test_every_region_signs_all_headers(self) -> None:
        # An older signature, which the SDK still takes where S3 does, leaves most of them out.
        with mock.patch.object(stubs, "REGION", "us-east-1"):
            upload, _ = self.links(stubs.s3())
        self.assertIn("X-Amz-SignedHeaders=content-length", upload.url)

    def test_expiry(self) -> None:
        # Credentials of a pod are renewed when less than this is left of them, and a URL ends with its credentials.
        self.assertLessEqual(EXPIRY, timedelta(minutes=15))


class StoredTest(TestCase):
    def setUp(self) -> None:
        s3 = stubs.s3(PUBLIC)
        self.stub = stubs.stubbed(self, s3)
        self.bucket = Bucket(s3, s3, "recordings")

    def test_names(self) -> None:
        expected = {"Bucket": "recordings", "Prefix": f"{ID}/"}
        keys = [f"{ID}/act-1.mp4", f"{ID}/act-2.mp4"]
        self.stub.add_response("list_objects_v2", {"Contents": [{"Key": key} for key in keys]}, expected)
        self.assertEqual(self.bucket.stored(ID), {"act-1.mp4", "act-2.mp4"})
        self.stub.add_response("list_objects_v2", {}, expected)
        self.assertEqual(self.bucket.stored(ID), set())

    def test_refusals(self) -> None:
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)
        for code in ("SlowDown", "InternalError", "NoSuchBucket", "AccessDenied", "InvalidAccessKeyId", "503"):
            with self.subTest(code):
                before = failures("s3")
                self.stub.add_client_error("list_objects_v2", code)
                with self.assertRaises(Away):
                    self.bucket.stored(ID)
                self.assertEqual(failures("s3"), before + 1)

    def test_an_answer_that_is_not_xml(self) -> None:
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)

        class Broken:
            def list_objects_v2(self, **_: Any) -> None:
                raise ResponseParserError

        with self.assertRaises(Away):
            Bucket(Broken(), None, "recordings").stored(ID)
