from unittest import TestCase

from live.config import Config, config_of

KEY = "k" * 32
TABLE = {"TABLE_CHANNELS": "prod-live-channels", "AWS_REGION": "ap-northeast-2", "CHANNEL_KEY": KEY}
BUCKET = {**TABLE, "BUCKET_RECORDINGS": "prod-live-recordings"}


class ConfigTest(TestCase):
    def faults(self, environ: dict[str, str]) -> list[str]:
        with self.assertRaises(ValueError) as raised:
            config_of(environ)
        return str(raised.exception).split("; ")

    def test_defaults(self) -> None:
        for environ in ({}, dict.fromkeys(("ADDRESS", "DRAIN", "COMMIT", "WORKERS", *BUCKET), "")):
            self.assertEqual(config_of(environ), Config(":8080", 5.0, "unknown"))

    def test_allowed(self) -> None:
        for drain, seconds in (("0s", 0.0), ("12s", 12.0), ("1.5s", 1.5), ("500ms", 0.5)):
            self.assertEqual(config_of({"DRAIN": drain}).drain, seconds)
        for address in (":80", "127.0.0.1:0", "[::]:8080", "localhost:65535"):
            self.assertEqual(config_of({"ADDRESS": address}).address, address)
        self.assertEqual(config_of({"COMMIT": "0123abc"}).commit, "0123abc")

    def test_stores(self) -> None:
        config = config_of({**TABLE, "WORKERS": "8"})
        self.assertEqual((config.table, config.region), ("prod-live-channels", "ap-northeast-2"))
        self.assertEqual((config.channel_key, config.workers, config.bucket), (KEY.encode(), 8, ""))
        # As on AWS, where credentials and endpoints are found otherwise.
        self.assertEqual(config_of(BUCKET).bucket, "prod-live-recordings")
        config = config_of(
            {
                **BUCKET,
                "AWS_ENDPOINT_URL_DYNAMODB": "http://dynamodb.seoul.internal:8101",
                "AWS_ENDPOINT_URL_S3": "http://10.89.0.2:7070",
                "S3_PUBLIC_URL": "https://s3.example.com",
                "AWS_ACCESS_KEY_ID": "id",
                "AWS_SECRET_ACCESS_KEY": "secret",
            }
        )
        self.assertEqual(config.public_url, "https://s3.example.com")
        # A region is there in every pod of EKS, and the secret may be there before the table.
        self.assertEqual(config_of({"AWS_REGION": "ap-northeast-1", "CHANNEL_KEY": KEY}).table, "")

    def test_no_secret_is_shown(self) -> None:
        self.assertNotIn(KEY, repr(config_of(TABLE)))
        faults = self.faults({"CHANNEL_KEY": "hush", "AWS_SECRET_ACCESS_KEY": "hush"})
        self.assertNotIn("hush", str(faults))

    def test_values(self) -> None:
        tests = {
            "DRAIN": (
                "allowed is a duration from 0s to 12s",
                ("13s", "12001ms", "-1s", "soon", "5", "5m", "nans", "infs", "5s\n", "٥s"),
            ),
            "ADDRESS": ("allowed is host:port", ("8080", ":", ":65536", ":http", "::8080", "a b:80")),
            "WORKERS": ("allowed is a whole number from 1 to 8", ("0", "9", "2.0", "two", "-1", "٢")),
            "AWS_REGION": ("allowed is the name of a region", ("seoul", "ap-northeast", "AP-NORTHEAST-2", "a b")),
            "TABLE_CHANNELS": ("allowed is 3 to 255 letters", ("ab", "a b c", "a/b", "t" * 256)),
            "BUCKET_RECORDINGS": ("allowed is 3 to 63 lower-case letters", ("ab", "Bucket", "-ab", "a_b", "b" * 64)),
            "S3_PUBLIC_URL": (
                "allowed is http:// or https://",
                (
                    "s3.example.com",
                    "ftp://a",
                    "http://",
                    "http://a/path",
                    "http://a/",
                    "http://a:b",
                    "http://a?b",
                    "http://u:p@a",
                ),
            ),
            "AWS_ENDPOINT_URL_S3": ("allowed is http:// or https://", ("10.89.0.2:7070",)),
            "AWS_ENDPOINT_URL_DYNAMODB": ("allowed is http:// or https://", ("10.89.0.2:8101",)),
        }
        for name, (words, values) in tests.items():
            for value in values:
                with self.subTest(f"{name}={value[:20]}"):
                    faults = self.faults({**BUCKET, name: value})
                    self.assertEqual(len(faults), 1)
                    self.assertRegex(faults[0], f"^{name}: .* was given, {words}")
        self.assertEqual(
            self.faults({**TABLE, "CHANNEL_KEY": "가" * 10}),
            ["CHANNEL_KEY: 30 bytes were given, allowed are 32 or more"],
        )

    def test_half_a_configuration(self) -> None:
        tests = [
            ({"TABLE_CHANNELS": "channels"}, ["AWS_REGION", "CHANNEL_KEY"]),
            ({"BUCKET_RECORDINGS": "recordings", "AWS_REGION": "ap-northeast-2"}, ["TABLE_CHANNELS"]),
            ({"AWS_ENDPOINT_URL_DYNAMODB": "http://a:8000"}, ["TABLE_CHANNELS"]),
            ({**TABLE, "AWS_ENDPOINT_URL_S3": "http://a:7070"}, ["BUCKET_RECORDINGS"]),
            ({**TABLE, "S3_PUBLIC_URL": "http://a"}, ["BUCKET_RECORDINGS"]),
            ({**TABLE, "AWS_ACCESS_KEY_ID": "id"}, ["AWS_SECRET_ACCESS_KEY"]),
            ({**TABLE, "AWS_SECRET_ACCESS_KEY": "secret"}, ["AWS_ACCESS_KEY_ID"]),
        ]
        for environ, missing in tests:
            with self.subTest(str(missing)):
                faults = self.faults(environ)
                self.assertEqual([fault.split(":")[0] for fault in faults], missing)
                self.assertIn(": missing, ", faults[0])
        self.assertRegex(self.faults({"WORKERS": "2"})[0], "^WORKERS: allowed is 1 without TABLE_CHANNELS")

    def test_every_fault_at_once(self) -> None:
        faults = self.faults(
            {"ADDRESS": "x", "DRAIN": "x", "CHANNEL_KEY": "x", "BUCKET_RECORDINGS": "X", "AWS_ACCESS_KEY_ID": "x"}
        )
        self.assertEqual(
            [fault.split(":")[0] for fault in faults],
            ["ADDRESS", "DRAIN", "BUCKET_RECORDINGS", "CHANNEL_KEY", "TABLE_CHANNELS", "AWS_SECRET_ACCESS_KEY"],
        )
