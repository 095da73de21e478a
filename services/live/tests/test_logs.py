import io
import json
import logging
from unittest import TestCase

from live.logs import JsonFormatter, WithoutSender


class LogsTest(TestCase):
    def test_lines(self) -> None:
        output = io.StringIO()
        handler = logging.StreamHandler(output)
        handler.setFormatter(JsonFormatter("0123abc"))
        handler.addFilter(WithoutSender())
        log = logging.Logger("test")
        log.addHandler(handler)
        log.info("Listening at: %s\n", "here", extra={"fields": {"seconds": 5.0}})
        log.warning("Invalid request from ip=203.0.113.7: Invalid HTTP Version 'Kim'")
        first, second = (json.loads(line) for line in output.getvalue().splitlines())
        self.assertRegex(first.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(
            first,
            {"level": "INFO", "msg": "Listening at: here\n", "service": "live", "commit": "0123abc", "seconds": 5.0},
        )
        self.assertEqual((second["level"], second["msg"]), ("WARNING", "invalid request"))
        self.assertNotIn("203.0.113.7", output.getvalue())
        self.assertNotIn("Kim", output.getvalue())
