"""Clients that ask nobody, or a server that answers by a script."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import TestCase, mock

from botocore.stub import Stubber
from prometheus_client import REGISTRY

from live import aws, bucket

REGION = "ap-northeast-2"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}
# What every answer of DynamoDB has that is asked for it.
WHOLE = {"ConsumedCapacity": {"TableName": "channels", "CapacityUnits": 0.5}}


def dynamodb(endpoint: str | None = None) -> Any:
    with mock.patch.dict("os.environ", CREDENTIALS):
        return aws.client("dynamodb", REGION, endpoint)


def s3(endpoint: str = "") -> Any:
    with mock.patch.dict("os.environ", CREDENTIALS):
        return bucket.client(REGION, endpoint)


def stubbed(test: TestCase, client: Any) -> Stubber:
    """Answers by a script, all of which the test has to ask for."""
    stubber = test.enterContext(Stubber(client))
    test.addCleanup(stubber.assert_no_pending_responses)
    return stubber


def failures(store: str) -> float:
    return REGISTRY.get_sample_value("store_failures_total", {"store": store}) or 0


Answer = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, body: bytes, *, length: int | None = None, crc: int | None = None) -> Answer:
    """One of a server; a wrong length or checksum breaks it on the way."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.send_header("Connection", "close")
        if crc is not None:
            handler.send_header("x-amz-crc32", str(crc))
        handler.end_headers()
        handler.wfile.write(body)

    return send


@contextmanager
def server(answers: list[Answer]) -> Iterator[str]:
    """The address of a server that gives these answers, one after the other."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.close_connection = True
            answers.pop(0)(self)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}"
        finally:
            listening.shutdown()
