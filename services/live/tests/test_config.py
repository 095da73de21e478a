from unittest import TestCase

from live.config import Config, config_of


class ConfigTest(TestCase):
    def test_defaults(self) -> None:
        for environ in ({}, {"ADDRESS": "", "DRAIN": "", "COMMIT": ""}):
            self.assertEqual(config_of(environ), Config(":8080", 5.0, "unknown"))

    def test_allowed(self) -> None:
        for drain, seconds in (("0s", 0.0), ("15s", 15.0), ("1.5s", 1.5), ("500ms", 0.5)):
            self.assertEqual(config_of({"DRAIN": drain}).drain, seconds)
        for address in (":80", "127.0.0.1:0", "[::]:8080", "localhost:65535"):
            self.assertEqual(config_of({"ADDRESS": address}).address, address)
        self.assertEqual(config_of({"COMMIT": "0123abc"}).commit, "0123abc")

    def test_faults(self) -> None:
        for drain in ("16s", "15001ms", "-1s", "soon", "5", "5m", "nans", "infs", "5s\n", "٥s"):
            with (
                self.subTest(drain),
                self.assertRaisesRegex(ValueError, "^DRAIN: .* allowed is a duration from 0s to 15s"),
            ):
                config_of({"DRAIN": drain})
        for address in ("8080", ":", ":65536", ":http", "::8080", "a b:80"):
            with self.subTest(address), self.assertRaisesRegex(ValueError, "^ADDRESS: .* allowed is host:port"):
                config_of({"ADDRESS": address})
        with self.assertRaisesRegex(ValueError, "ADDRESS: .*; DRAIN: "):
            config_of({"ADDRESS": "x", "DRAIN": "x"})
