"""The real process. Nothing is judged by the clock: every wait is for something that must happen, and ends there."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from unittest import TestCase
from unittest.mock import Mock
from urllib.parse import urlsplit

from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

from live.config import LONGEST_DRAIN
from live.worker import GRACE, Worker

ROOT = Path(__file__).resolve().parent.parent
# Seconds after which a test gives up, where it would wait for ever.
PATIENCE = 60
BODY = b'{"key":"k-1","show":"hamlet","title":"Hamlet"}'
HEAD = (
    b"POST /channels HTTP/1.1\r\nHost: live\r\nContent-Type: application/json\r\n"
    b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"
)


class Server:
    """gunicorn as the image starts it, on a free port."""

    def __init__(self, test: TestCase, **environ: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn"],
            cwd=ROOT,
            env={**os.environ, "ADDRESS": "127.0.0.1:0", "COMMIT": "0123abc", "WEB_CONCURRENCY": "4", **environ},
            stdout=subprocess.PIPE,
            text=True,
        )
        watchdog = threading.Timer(PATIENCE, self.process.kill)
        watchdog.start()
        test.addCleanup(watchdog.cancel)
        test.addCleanup(self.stop)
        self.lines = self._lines()
        self.address = urlsplit(self.until("Listening at: ")["msg"].split()[2])

    def _lines(self) -> Iterator[dict[str, Any]]:
        for line in self.process.stdout:
            yield json.loads(line)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        # To the end of the output, which is that of both processes.
        self.process.communicate()

    def until(self, words: str) -> dict[str, Any]:
        return next(line for line in self.lines if line["msg"].startswith(words))

    def read(self, path: str) -> tuple[int, bytes]:
        connection = HTTPConnection(self.address.hostname, self.address.port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def get(self, path: str) -> tuple[int, Any]:
        status, body = self.read(path)
        return status, json.loads(body)

    def connect(self) -> socket.socket:
        return socket.create_connection((self.address.hostname, self.address.port), timeout=PATIENCE)


class GunicornTest(TestCase):
    def test_drains(self) -> None:
        server = Server(self, DRAIN="12s")
        self.assertEqual(server.get("/readyz"), (200, {"status": "ready"}))
        self.assertEqual(server.get("/version")[1]["commit"], "0123abc")
        with server.connect() as connection:
            connection.sendall(b"HEAD /readyz HTTP/1.1\r\nHost: live\r\nConnection: close\r\n\r\n")
            self.assertTrue(b"".join(iter(lambda: connection.recv(4096), b"")).endswith(b"\r\n\r\n"), "it has a body")
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.until("draining")["seconds"], 12)
        self.assertEqual(server.get("/readyz"), (503, {"status": "shutting down"}))
        self.assertEqual(server.get("/channels")[0], 200)
        # Nobody needs to wait for the rest.
        server.process.send_signal(signal.SIGQUIT)
        self.assertEqual(server.process.wait(), 0)

    def test_finishes_what_is_under_way(self) -> None:
        server = Server(self, DRAIN="0s")
        with server.connect() as connection:
            connection.sendall(HEAD % len(BODY))
            self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 100 "))
            server.process.send_signal(signal.SIGTERM)
            server.until("draining")
            connection.sendall(BODY)
            answer = HTTPResponse(connection)
            answer.begin()
            self.assertEqual((answer.status, json.load(answer)["key"]), (201, "k-1"))
        self.assertEqual(server.process.wait(), 0)
        with self.assertRaises(ConnectionRefusedError):
            server.connect()

    def test_what_is_not_http(self) -> None:
        server = Server(self)
        with server.connect() as connection:
            connection.sendall(b"GET /secret HTTP/9.9\r\n\r\n")
            self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 400 "))
        line = server.until("invalid request")
        self.assertNotIn("127.0.0.1", str(line))

    def test_a_body_in_chunks(self) -> None:
        server = Server(self)
        connection = HTTPConnection(server.address.hostname, server.address.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request("POST", "/channels", iter([BODY]), {"Content-Type": "application/json"}, encode_chunked=True)
        answer = connection.getresponse()
        self.assertEqual((answer.status, json.load(answer)), (411, {"errors": ["content-length: missing"]}))

    def test_refusals_have_one_form(self) -> None:
        """Sent byte by byte, because clients do not let one send such requests."""
        server = Server(self)
        head = " HTTP/1.1\r\nHost: live\r\nConnection: close\r\n"
        kind = "Content-Type: application/json\r\n"
        whole = BODY.decode()

        def get(path: str) -> str:
            return f"GET {path}{head}\r\n"

        def post(headers: str, body: str) -> str:
            return f"POST /channels{head}{headers}\r\n{body}"

        encoding = "path: its percent-encoding is broken"
        tests = [
            ("a path that there is not", get("/nothing"), 404, "path: no such page"),
            ("a path out of the root", get("/../version"), 404, "path: no such page"),
            ("no UTF-8", get("/%ff"), 404, "path: no such page"),
            ("another method", f"DELETE /channels{head}\r\n", 405, "method: allowed are GET, POST, HEAD, OPTIONS"),
            ("a method that is none", f"BREW /version{head}\r\n", 405, "method: allowed are GET, HEAD, OPTIONS"),
            ("bad percent-encoding", get("/channels/%zz"), 400, encoding),
            ("half of percent-encoding", get("/channels/%2"), 400, encoding),
            ("bad percent-encoding of a path that there is not", get("/%"), 400, encoding),
            ("bad percent-encoding in a query", get("/channels?show=%zz"), 400, encoding),
            ("no request at all", "secret\r\n\r\n", 400, "request: bad request"),
            ("another version", "GET / HTTP/9.9\r\n\r\n", 400, "request: bad request"),
            ("a method in small letters", f"get /version{head}\r\n", 400, "request: bad request"),
            ("a header that is none", f"GET /version{head}: x\r\n\r\n", 400, "request: bad request"),
            ("a length that is none", post(f"{kind}Content-Length: x\r\n", ""), 400, "request: bad request"),
            ("an unknown encoding", post(f"{kind}Transfer-Encoding: x\r\n", ""), 501, "request: not implemented"),
            ("a long address", get("/" + "x" * 8000), 414, "request: uri too long"),
            (
                "long headers",
                f"GET /version{head}X: {'x' * 9000}\r\n\r\n",
                431,
                "request: request header fields too large",
            ),
            ("no content type", post("Content-Length: 2\r\n", "{}"), 415, "content-type: allowed is application/json"),
            (
                "another content type",
                post("Content-Type: text/plain\r\nContent-Length: 2\r\n", "{}"),
                415,
                "content-type: allowed is application/json",
            ),
            (
                "no length",
                post(f"{kind}Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
                411,
                "content-length: missing",
            ),
            ("a long body", post(f"{kind}Content-Length: 5000\r\n", "x" * 5000), 413, "body: allowed are 4096 bytes"),
            ("half a body", post(f"{kind}Content-Length: {len(whole)}\r\n", whole[:20]), 400, "body: broke off"),
            # What came is an opening.
            ("a body without its end", post(f"{kind}Content-Length: 400\r\n", whole), 400, "body: broke off"),
        ]
        for name, sent, status, fault in tests:
            with self.subTest(name), server.connect() as connection:
                connection.sendall(sent.encode())
                connection.shutdown(socket.SHUT_WR)
                answer = HTTPResponse(connection)
                answer.begin()
                self.assertEqual((answer.status, json.load(answer)), (status, {"errors": [fault]}))
                self.assertEqual(answer.headers["Content-Type"], "application/json")
                self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(server.get("/channels")[1]["channels"], [])

    def test_several_processes(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        server = Server(
            self,
            WORKERS="2",
            TABLE_CHANNELS="channels",
            CHANNEL_KEY="k" * 32,
            AWS_REGION="ap-northeast-2",
            AWS_ENDPOINT_URL_DYNAMODB=nobody,
            AWS_ACCESS_KEY_ID="id",
            AWS_SECRET_ACCESS_KEY="secret",
        )
        for _ in range(2):
            self.assertEqual(server.until("stores")["channels"], "channels")
        for _ in range(20):
            self.assertEqual(server.get("/version")[0], 200)
        status, body = server.get("/channels")
        self.assertEqual((status, body), (503, {"errors": ["dynamodb does not answer as it should; try again"]}))
        # Whichever answers, it tells what both have counted.
        for _ in range(10):
            lines = server.read("/metrics")[1].decode().splitlines()
            self.assertIn('http_requests_total{route="GET /version",status="200"} 20.0', lines)
            self.assertIn('store_failures_total{store="dynamodb"} 1.0', lines)
            self.assertIn('build_info{commit="0123abc",service="live"} 1.0', lines)

    def test_a_wrong_configuration(self) -> None:
        run = subprocess.run(
            [sys.executable, "-m", "gunicorn"],
            cwd=ROOT,
            env={**os.environ, "ADDRESS": "8080", "DRAIN": "soon", "BUCKET_RECORDINGS": "recordings"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        self.assertEqual((run.returncode, run.stderr), (2, ""))
        self.assertRegex(json.loads(run.stdout)["error"], "^ADDRESS: .*; DRAIN: .*; TABLE_CHANNELS: missing")


class PatienceTest(TestCase):
    def test_a_shutdown_fits_into_what_kubernetes_waits(self) -> None:
        self.assertLessEqual(LONGEST_DRAIN + GRACE, 28)

    def test_half_a_request_is_given_up(self) -> None:
        worker = Worker(1, os.getppid(), [], None, 30, Config(), Mock())
        self.addCleanup(worker.tmp.close)
        worker.patience = 0
        for sent in (b"", b"GET / HTTP/1.1\r\nHost: li"):
            ours, theirs = socket.socketpair()
            self.addCleanup(theirs.close)
            theirs.settimeout(PATIENCE)
            theirs.sendall(sent)
            connection = TConn(Config(), ours, ("", 0), ("", 0))
            thread = threading.Thread(target=worker.handle, args=(connection,), daemon=True)
            thread.start()
            for _ in range(PATIENCE * 100):
                worker.notify()
                thread.join(0.01)
                if not thread.is_alive():
                    break
            self.assertFalse(thread.is_alive())
            self.assertEqual(theirs.recv(1), b"")
            ours.close()
