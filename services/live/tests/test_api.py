import io
import json
import logging
import unicodedata
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, NoReturn
from unittest import mock
from urllib.parse import quote

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, SimpleTestCase, override_settings
from prometheus_client import REGISTRY

from live.bucket import Bucket
from live.channel import id_of
from live.dynamo import Dynamo
from live.logs import JsonFormatter
from live.readiness import draining
from live.store import MOST_RECORDINGS, Away, Memory, Store
from tests import stubs
from tests.contract import SECRET

PUBLIC = "https://s3.example.com"
RECORDING = {"name": "act-1.mp4", "type": "video/mp4", "size": 1000}
GOOD = {"key": "k-1", "show": "hamlet-20261124", "title": "햄릿, 서울"}
TEXT = json.dumps(GOOD, ensure_ascii=False)


class ApiTest(SimpleTestCase):
    def setUp(self) -> None:
        self.use(Memory(10, SECRET))
        # The lines of requests are tested where they are looked at.
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)

    def use(self, store: Store, bucket: Bucket | None = None) -> None:
        config = apps.get_app_config("live")
        self.enterContext(mock.patch.multiple(config, store=store, bucket=bucket))

    def post(self, body: str | bytes, path: str = "/channels", **more: Any) -> HttpResponse:
        return self.client.post(path, body, **{"content_type": "application/json", **more})

    def opened(self, **given: str) -> dict[str, Any]:
        answer = self.post(json.dumps({**GOOD, **given}))
        self.assertEqual(answer.status_code, 201, answer.content)
        return answer.json()

    def refused(self, answer: HttpResponse, status: int) -> list[str]:
        self.assertEqual(answer.status_code, status, answer.content)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual(list(answer.json()), ["errors"])
        return answer.json()["errors"]


class ChannelsTest(ApiTest):
    def test_open_and_find(self) -> None:
        opened = self.post(TEXT)
        channel = opened.json()
        self.assertEqual(opened.status_code, 201)
        self.assertEqual(opened.headers["Location"], f"/channels/{channel['id']}")
        self.assertEqual(opened.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(opened.headers["Content-Length"], str(len(opened.content)))
        self.assertEqual({name: channel[name] for name in GOOD}, GOOD)
        self.assertEqual((channel["state"], channel["closedAt"]), ("open", None))
        self.assertRegex(channel["openedAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        for again in (self.post(TEXT), self.client.get(f"/channels/{channel['id']}")):
            self.assertEqual((again.status_code, again.content), (200, opened.content))

    def test_another_opening_of_one_key(self) -> None:
        self.opened()
        answer = self.post(json.dumps({**GOOD, "title": "Macbeth"}))
        self.assertEqual(self.refused(answer, 409), ["key: this key has a channel of another show or title"])

    def test_texts_are_composed(self) -> None:
        # The same in parts, as some keyboards give it.
        parts = {name: unicodedata.normalize("NFD", text) for name, text in {**GOOD, "show": "햄릿"}.items()}
        self.assertNotEqual(parts["title"], GOOD["title"])
        opened = self.post(json.dumps(parts))
        self.assertEqual((opened.status_code, opened.json()["title"]), (201, GOOD["title"]))
        again = self.post(json.dumps({**GOOD, "show": "햄릿"}))
        self.assertEqual((again.status_code, again.json()), (200, opened.json()))
        for show in ("햄릿", parts["show"]):
            channels = self.client.get("/channels", {"show": show}).json()["channels"]
            self.assertEqual(channels, [opened.json()])
        # A title of a hundred characters is one also in three hundred parts.
        self.opened(key="k-2", title=unicodedata.normalize("NFD", "김" * 100))

    def test_close_twice(self) -> None:
        channel = self.opened()
        closed = self.client.post(f"/channels/{channel['id']}/close")
        self.assertEqual(closed.status_code, 200)
        self.assertEqual(closed.json(), {**channel, "state": "closed", "closedAt": closed.json()["closedAt"]})
        self.assertGreaterEqual(closed.json()["closedAt"], channel["openedAt"])
        for again in (
            self.client.post(f"/channels/{channel['id']}/close"),
            self.client.get(f"/channels/{channel['id']}"),
            self.post(TEXT),
        ):
            self.assertEqual((again.status_code, again.content), (200, closed.content))

    def test_unknown(self) -> None:
        for answer in (self.client.get("/channels/none"), self.client.post("/channels/none/close")):
            self.assertEqual(self.refused(answer, 404), ["id: no such channel"])

    def test_limits_are_inclusive(self) -> None:
        self.opened(key="k" * 64, show="쇼" * 64, title="𝔥" * 100)

    def test_full(self) -> None:
        self.use(Memory(0, SECRET))
        self.assertEqual(self.refused(self.post(TEXT), 503), ["the store is full"])

    def test_refusals(self) -> None:
        tests = [
            ("nothing", " ", "not JSON"),
            ("a list", "[]", "allowed is one JSON object"),
            ("a word", '"x"', "allowed is one JSON object"),
            ("broken off", TEXT[:20], "not JSON"),
            ("two objects", TEXT + TEXT, "nothing after it"),
            ("rubbish after it", TEXT + "x", "nothing after it"),
            ("an unknown field", TEXT.replace("{", '{"price":"1",'), "body: there are unknown fields"),
            ("another case", TEXT.replace('"show"', '"Show"'), "show: missing"),
            ("a field twice", TEXT.replace("{", '{"show":"x",'), "a field is there twice"),
            ("a field twice within", '{"show":{"a":"b","a":"b"}}', "a field is there twice"),
            ("a number", '{"key":1}', "every field is a string"),
            ("not a number", '{"key":NaN}', "every field is a string"),
            ("null", '{"key":null}', "every field is a string"),
            ("an object within", '{"key":{"a":"b"}}', "every field is a string"),
            ("65 characters", TEXT.replace("k-1", "가" * 65), "key: 65 characters were given, allowed are 1 to 64"),
            ("a line break", TEXT.replace("k-1", r"k\n1"), "key: allowed is printable text"),
            ("a direction override", TEXT.replace("k-1", r"k\u202e1"), "key: allowed is printable text"),
            ("half a surrogate pair", TEXT.replace("k-1", r"k\ud800"), "key: allowed is printable text"),
            ("half a pair for a name", r'{"\ud800":"x"}', "unknown fields"),
            ("U+FFFD", TEXT.replace("k-1", "\ufffd"), "key: allowed is printable text"),
            ("UTF-16", TEXT.encode("utf-16"), "body: not UTF-8"),
            ("a byte order mark", b"\xef\xbb\xbf" + TEXT.encode(), "not JSON"),
            ("deep", "[" * 4096, "body: "),
            ("deep within", '{"key":' * 500, "body: "),
        ]
        for name, body, words in tests:
            with self.subTest(name):
                faults = self.refused(self.post(body), 400)
                self.assertIn(words, " ".join(faults))

    def test_every_fault_at_once(self) -> None:
        faults = self.refused(self.post('{"key":"","title":" x","more":"x"}'), 400)
        self.assertEqual(
            faults,
            [
                "key: 0 characters were given, allowed are 1 to 64",
                "show: missing",
                "title: allowed is printable text without blanks around it",
                "body: there are unknown fields, allowed are key, show and title",
            ],
        )

    def test_bodies(self) -> None:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        self.assertEqual(self.refused(self.post("x" * (limit + 1)), 413), ["body: allowed are 4096 bytes"])
        self.assertEqual(self.post(TEXT.ljust(limit - len(TEXT.encode()) + len(TEXT))).status_code, 201)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
            with self.subTest(kind):
                faults = self.refused(self.post(TEXT, content_type=kind), 415)
                self.assertEqual(faults, ["content-type: allowed is application/json"])
        self.assertEqual(self.post(TEXT, content_type="Application/JSON; charset=utf-8").status_code, 200)

    def test_a_body_in_chunks(self) -> None:
        headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
        answer = self.client.generic("POST", "/channels", headers=headers)
        self.assertEqual(self.refused(answer, 411), ["content-length: missing"])

    def test_a_body_that_breaks_off(self) -> None:
        class Broken(io.BytesIO):
            def read(self, *_: Any) -> NoReturn:
                raise ConnectionResetError

        answer = self.post(TEXT, **{"wsgi.input": Broken()})
        self.assertEqual(self.refused(answer, 400), ["body: broke off"])


class ListTest(ApiTest):
    def keys(self, query: str = "") -> list[str]:
        answer = self.client.get(f"/channels?{query}")
        self.assertEqual(answer.status_code, 200, answer.content)
        return [channel["key"] for channel in answer.json()["channels"]]

    def test_empty(self) -> None:
        self.assertEqual(self.client.get("/channels").json(), {"channels": [], "next": None})

    def test_filter(self) -> None:
        opened = [self.opened(key=f"k-{n}", show=f"쇼 {n % 2}") for n in range(4)]
        self.client.post(f"/channels/{opened[1]['id']}/close")
        self.assertEqual(self.keys(), ["k-3", "k-2", "k-1", "k-0"])
        self.assertEqual(self.keys("state=open"), ["k-3", "k-2", "k-0"])
        self.assertEqual(self.keys("state=closed"), ["k-1"])
        self.assertEqual(self.keys(f"state=open&show={quote('쇼 1')}"), ["k-3"])

    def test_pages(self) -> None:
        for n in range(5):
            self.opened(key=f"k-{n}")

        def pages() -> Iterator[list[str]]:
            query = "limit=2"
            while True:
                page = self.client.get(f"/channels?{query}").json()
                yield [channel["key"] for channel in page["channels"]]
                if page["next"] is None:
                    return
                query = f"limit=2&after={page['next']}"

        self.assertEqual(list(pages()), [["k-4", "k-3"], ["k-2", "k-1"], ["k-0"]])

    def test_pages_are_bounded(self) -> None:
        self.use(Memory(200, SECRET))
        for n in range(120):
            self.opened(key=f"k-{n}")
        self.assertEqual(len(self.keys()), 50)
        self.assertEqual(len(self.keys("limit=100")), 100)

    def test_refusals(self) -> None:
        tests = [
            ("limit=0", "limit: allowed is a whole number from 1 to 100"),
            ("limit=101", "limit: allowed"),
            ("limit=-1", "limit: allowed"),
            ("limit=1e1", "limit: allowed"),
            ("limit=", "limit: allowed"),
            ("limit=" + "9" * 3000, "limit: allowed"),
            ("limit=" + quote("٣"), "limit: allowed"),
            ("limit=1&limit=2", "limit: allowed once"),
            ("state=Open", "state: allowed are open and closed"),
            ("show=", "show: 0 characters were given, allowed are 1 to 64"),
            ("show=%FF", "show: allowed is printable text"),
            ("after=none", "after: no such channel"),
            ("after=", "after: no such channel"),
            ("offset=1", "query: there are unknown fields, allowed are limit, after, state and show"),
        ]
        for query, words in tests:
            with self.subTest(query[:40]):
                faults = self.refused(self.client.get(f"/channels?{query}"), 400)
                self.assertEqual(len(faults), 1)
                self.assertIn(words, faults[0])
        every = self.refused(self.client.get("/channels?state=x&limit=x&show=%20x&after=1&after=2&x=1"), 400)
        self.assertEqual([fault.split(":")[0] for fault in every], ["after", "limit", "state", "show", "query"])
        many = self.client.get("/channels?" + "&".join(f"a{n}" for n in range(1001)))
        self.assertEqual(self.refused(many, 400), ["request: not understood"])


class RecordingsTest(ApiTest):
    def setUp(self) -> None:
        super().setUp()
        s3 = stubs.s3(PUBLIC)
        self.s3 = stubs.stubbed(self, s3)
        self.use(Memory(10, SECRET), Bucket(s3, s3, "recordings"))
        self.channel = self.opened()["id"]
        self.path = f"/channels/{self.channel}/recordings"

    def announce(self, **given: Any) -> HttpResponse:
        return self.post(json.dumps({**RECORDING, **given}), self.path)

    def stored(self, *names: str) -> None:
        contents = [{"Key": f"{self.channel}/{name}"} for name in names]
        self.s3.add_response("list_objects_v2", {"Contents": contents})

    def test_announce(self) -> None:
        answer = self.announce()
        self.assertEqual(answer.status_code, 201)
        told = answer.json()
        self.assertEqual({name: told[name] for name in RECORDING}, RECORDING)
        self.assertRegex(told["announcedAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        upload = told["upload"]
        self.assertEqual(upload["method"], "PUT")
        self.assertTrue(upload["url"].startswith(f"{PUBLIC}/recordings/{self.channel}/act-1.mp4?"))
        self.assertEqual(upload["headers"], {"Content-Type": "video/mp4", "If-None-Match": "*"})
        self.assertGreater(upload["expiresAt"], told["announcedAt"])
        # For another link: the last one may have expired, or be of a region that is gone.
        again = self.announce()
        self.assertEqual((again.status_code, again.json()["announcedAt"]), (200, told["announcedAt"]))

    def test_list(self) -> None:
        self.assertEqual(self.client.get(self.path).json(), {"recordings": []})
        for name in ("act-1.mp4", "act-2.mp4"):
            self.announce(name=name)
        # What was never announced is not told, either.
        self.stored("act-2.mp4", "act-3.mp4")
        first, second = self.client.get(self.path).json()["recordings"]
        self.assertEqual((first["name"], first["state"], first["download"]), ("act-1.mp4", "not here yet", None))
        self.assertEqual((second["name"], second["state"]), ("act-2.mp4", "stored"))
        self.assertEqual((second["download"]["method"], second["download"]["headers"]), ("GET", {}))
        self.assertTrue(second["download"]["url"].startswith(f"{PUBLIC}/recordings/{self.channel}/act-2.mp4?"))

    def test_closed(self) -> None:
        self.client.post(f"/channels/{self.channel}/close")
        self.assertEqual(self.announce().status_code, 201)

    def test_refusals_of_the_store(self) -> None:
        self.announce()
        self.assertEqual(
            self.refused(self.announce(size=1), 409),
            ["name: this channel has a recording of another type or size by this name"],
        )
        for n in range(1, MOST_RECORDINGS):
            self.announce(name=f"{n}.mp4")
        faults = self.refused(self.announce(name="51.mp4"), 409)
        self.assertEqual(faults, ["recordings: this channel has 50 recordings, which is all that are allowed"])
        for id in (id_of("nobody's", SECRET), "none"):
            path = f"/channels/{id}/recordings"
            for answer in (self.client.get(path), self.post(json.dumps(RECORDING), path)):
                self.assertEqual(self.refused(answer, 404), ["id: no such channel"])

    def test_limits_are_inclusive(self) -> None:
        for n, given in enumerate(({"size": 1}, {"size": 5 << 30}, {"name": "a" * 100}, {"name": "0"})):
            self.assertEqual(self.announce(**{"name": f"{n}.mp4", **given}).status_code, 201)

    def test_refusals(self) -> None:
        names = (
            "",
            "a" * 101,
            ".hidden",
            "..",
            "a/b",
            "a\\b",
            "a b",
            "a\n",
            "햄릿.mp4",
            "a%2fb",
            "a?b",
            1,
            None,
            [],
            {},
        )
        types = ("", "text/html", "Video/mp4", "video/mp4 ", "video/mp4; charset=x", "image/svg+xml", 1, None, [], {})
        sizes = (0, -1, (5 << 30) + 1, 10**100, 1.0, 1.5, "1", True, None, [], {})
        for field, words, values in (
            ("name", "allowed are 1 to 100 letters", names),
            ("type", "allowed are audio/mp4, ", types),
            ("size", "allowed is a whole number of bytes from 1 to 5368709120", sizes),
        ):
            for value in values:
                with self.subTest(f"{field} {value!r}"[:40]):
                    faults = self.refused(self.announce(**{field: value}), 400)
                    self.assertEqual(len(faults), 1)
                    self.assertTrue(faults[0].startswith(f"{field}: {words}"), faults)
        for body, words in (("[]", "allowed is one JSON object"), ("{", "not JSON"), ('{"size":NaN}', "size: allowed")):
            self.assertIn(words, str(self.refused(self.post(body, self.path), 400)))
        self.refused(self.post("x" * 5000, self.path), 413)
        self.refused(self.post("{}", self.path, content_type="text/plain"), 415)
        self.assertEqual(self.client.get(self.path).json(), {"recordings": []})

    def test_every_fault_at_once(self) -> None:
        faults = self.refused(self.post('{"name":"","type":"x","more":1}', self.path), 400)
        self.assertEqual([fault.split(":")[0] for fault in faults], ["name", "type", "size", "body"])
        self.assertEqual(faults[2], "size: missing")
        self.assertEqual(faults[3], "body: there are unknown fields, allowed are name, type and size")

    def test_without_a_bucket(self) -> None:
        self.use(Memory(10, SECRET))
        for answer in (self.client.get(self.path), self.announce()):
            faults = self.refused(answer, 503)
            self.assertEqual(faults, ["recordings: this service has no bucket; BUCKET_RECORDINGS names one"])
            self.assertNotIn("Retry-After", answer.headers)

    def test_a_bucket_that_is_away(self) -> None:
        self.announce()
        before = stubs.failures("s3")
        self.s3.add_client_error("list_objects_v2", "SlowDown")
        answer = self.client.get(self.path)
        self.assertEqual(self.refused(answer, 503), ["s3 does not answer as it should; try again"])
        self.assertEqual(answer.headers["Retry-After"], "1")
        self.assertEqual(stubs.failures("s3"), before + 1)


class PlatformTest(ApiTest):
    @override_settings(COMMIT="0123abc")
    def test_version_and_health(self) -> None:
        tests = [
            ("/version", {"service": "live", "commit": "0123abc", "change": settings.CHANGE}),
            ("/healthz", {"status": "ok"}),
            ("/readyz", {"status": "ready"}),
        ]
        for path, body in tests:
            answer = self.client.get(path)
            self.assertEqual((answer.status_code, answer.json()), (200, body))
            self.assertEqual(self.client.head(path).status_code, 200)
        self.assertTrue(settings.CHANGE)
        self.assertEqual(settings.CHANGE, settings.CHANGE.strip())

    def test_draining(self) -> None:
        draining.set()
        self.addCleanup(draining.clear)
        answer = self.client.get("/readyz")
        self.assertEqual((answer.status_code, answer.json()), (503, {"status": "shutting down"}))
        self.assertEqual(self.client.get("/healthz").status_code, 200)
        self.assertEqual(self.post(TEXT).status_code, 201)

    def test_what_is_not_there(self) -> None:
        for path in ("/", "/admin", "/channels/", "/channels/a/b", "/channels/%2e%2e%2fversion", "/%ff"):
            with self.subTest(path):
                self.assertEqual(self.refused(self.client.get(path), 404), ["path: no such page"])
        for method, path, allowed in (
            ("DELETE", "/channels", "GET, HEAD, POST, OPTIONS"),
            ("PUT", "/channels/x", "GET, HEAD, OPTIONS"),
            ("GET", "/channels/x/close", "POST, OPTIONS"),
            ("BREW", "/version", "GET, HEAD, OPTIONS"),
        ):
            with self.subTest(f"{method} {path}"):
                answer = self.client.generic(method, path)
                self.assertEqual(sorted(answer.headers["Allow"].split(", ")), sorted(allowed.split(", ")))
                self.assertEqual(self.refused(answer, 405), [f"method: allowed are {answer.headers['Allow']}"])

    def test_a_broken_store(self) -> None:
        class Broken:
            def __getattr__(self, name: str) -> NoReturn:
                raise ConnectionError("database at 10.0.0.1 as admin")

        self.use(Broken())
        logging.disable(logging.NOTSET)
        self.client.raise_request_exception = False
        for path in ("/channels", "/channels/x"):
            with self.assertLogs(level="ERROR") as logs:
                # The reason is not for the caller.
                self.assertEqual(self.refused(self.client.get(path), 500), ["internal error"])
            line = json.loads(JsonFormatter("0123abc").format(logs.records[0]))
            self.assertEqual((line["level"], line["msg"]), ("ERROR", "request failed"))
            self.assertIn("ConnectionError: database at 10.0.0.1 as admin", line["error"])

    def test_a_store_that_is_away(self) -> None:
        class Silent:
            def __getattr__(self, name: str) -> NoReturn:
                raise Away("dynamodb")

        self.use(Silent(), mock.Mock())
        for answer in (
            self.post(TEXT),
            self.client.get("/channels"),
            self.client.get("/channels?after=x"),
            self.client.get("/channels/x"),
            self.client.post("/channels/x/close"),
            self.client.get("/channels/x/recordings"),
            self.post(json.dumps(RECORDING), "/channels/x/recordings"),
        ):
            self.assertEqual(self.refused(answer, 503), ["dynamodb does not answer as it should; try again"])
            self.assertEqual(answer.headers["Retry-After"], "1")
        # Another try does not get better by a restart.
        for path in ("/healthz", "/readyz", "/version", "/metrics"):
            self.assertEqual(self.client.get(path).status_code, 200)

    def test_a_store_that_is_slow(self) -> None:
        """Each call is in time, and a list needs many: the whole is bounded, whatever is asked."""
        seconds = [0.0]
        self.enterContext(mock.patch("live.aws.monotonic", lambda: seconds[0]))

        def slow(body: dict[str, Any]) -> stubs.Answer:
            def send(handler: BaseHTTPRequestHandler) -> None:
                seconds[0] += 2
                stubs.answer(200, json.dumps({**body, **stubs.WHOLE}).encode())(handler)

            return send

        reached = {name: {"S": "2026-11"} for name in ("id", "month", "openedAtId")}
        more = slow({"Items": [], "LastEvaluatedKey": reached})
        for path, answers, calls in (
            ("/channels", [more] * 10, 3),
            ("/channels?state=closed&show=hamlet", [more] * 10, 3),
            ("/channels", [lambda handler: seconds.__setitem__(0, seconds[0] + 3)] * 10, 2),
        ):
            with self.subTest(path):
                left = list(answers)
                with stubs.server(left) as endpoint:
                    self.use(Dynamo(stubs.dynamodb(endpoint), "channels", SECRET))
                    before = stubs.failures("dynamodb")
                    answer = self.client.get(path)
                self.assertEqual(self.refused(answer, 503), ["dynamodb does not answer as it should; try again"])
                self.assertEqual(answer.headers["Retry-After"], "1")
                self.assertEqual((len(left), stubs.failures("dynamodb")), (10 - calls, before + 1))
        # The next one has time of its own.
        with stubs.server([slow({"Items": []})]) as endpoint:
            self.use(Dynamo(stubs.dynamodb(endpoint), "channels", SECRET))
            self.assertEqual(self.client.get("/channels?show=hamlet").status_code, 200)

    def test_request_id(self) -> None:
        for given in ("a", "Ab.9_-", "x" * 64):
            answer = self.client.get("/version", headers={"X-Request-Id": given})
            self.assertEqual(answer.headers["X-Request-Id"], given)
        made = set()
        for given in ("", " ", "a b", "x" * 65, "a\n", "가", "a,b", "../a"):
            answer = self.client.get("/nowhere", headers={"X-Request-Id": given})
            made.add(answer.headers["X-Request-Id"])
        made.add(self.client.get("/channels").headers["X-Request-Id"])
        self.assertEqual(len(made), 9, "each has its own")
        for id in made:
            self.assertRegex(id, "^[0-9a-f]{32}$")

    def test_request_id_is_logged(self) -> None:
        logging.disable(logging.NOTSET)
        self.client.raise_request_exception = False
        output = io.StringIO()
        handler = logging.StreamHandler(output)
        handler.setFormatter(JsonFormatter("0123abc"))
        self.enterContext(mock.patch.object(logging.getLogger(), "handlers", [handler]))
        self.use(mock.Mock(find=mock.Mock(side_effect=ConnectionError)))
        self.client.get("/channels/x", headers={"X-Request-Id": "r-1"})
        self.client.get("/version", headers={"X-Request-Id": "r-2"})
        logging.getLogger("live").info("after it")
        lines = [json.loads(line) for line in output.getvalue().splitlines()]
        self.assertEqual(
            [(line["msg"], line.get("request")) for line in lines],
            [("request failed", "r-1"), ("request", "r-1"), ("request", "r-2"), ("after it", None)],
        )

    def test_metrics(self) -> None:
        def told(route: str, status: int) -> float:
            return REGISTRY.get_sample_value("http_requests_total", {"route": route, "status": str(status)}) or 0

        series = [("POST /channels", 201), ("POST /channels", 200), ("GET /channels/<id>", 404), ("", 404), ("", 405)]
        before = [told(*labels) for labels in series]
        self.post(TEXT)
        self.post(TEXT)
        for n in range(20):
            self.client.get(f"/channels/{n}")
            self.client.get(f"/nowhere/{n}")
            # A method may be any word, too.
            self.client.generic(f"BREW{'X' * n}", "/channels")
        self.assertEqual(
            [told(*labels) - told_before for labels, told_before in zip(series, before, strict=True)],
            [1, 1, 20, 20, 20],
        )
        answer = self.client.get("/metrics")
        self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        lines = answer.content.decode().splitlines()
        self.assertIn(f'build_info{{commit="{settings.COMMIT}",service="live"}} 1.0', lines)
        self.assertIn("# TYPE http_requests_total counter", lines)
        self.assertFalse([line for line in lines if "_created" in line])

    def test_log_holds_no_personal_data(self) -> None:
        logging.disable(logging.NOTSET)
        with self.assertLogs(level="DEBUG") as logs:
            self.post(TEXT)
            self.client.get("/channels/secret-id")
            self.client.get("/nowhere/secret-id?secret-id", headers={"User-Agent": "secret-id"})
            self.client.get("/healthz")
        lines = [json.loads(JsonFormatter("0123abc").format(record)) for record in logs.records]
        own = [{name: line.get(name) for name in ("msg", "route", "status")} for line in lines]
        self.assertEqual(
            own,
            [
                {"msg": "request", "route": "POST /channels", "status": 201},
                {"msg": "request", "route": "GET /channels/<id>", "status": 404},
                {"msg": "request", "route": "", "status": 404},
            ],
        )
        for words in ("secret-id", "hamlet", "127.0.0.1"):
            self.assertNotIn(words, str(lines))

    def test_deployment_check(self) -> None:
        call_command("check", deploy=True, fail_level="WARNING")

    def test_cookies_and_hosts_do_not_matter(self) -> None:
        answer = Client(headers={"Cookie": "sessionid=x", "Host": "10.42.0.7:8080"}).get("/version")
        self.assertEqual(answer.status_code, 200)
        self.assertFalse(answer.cookies)
