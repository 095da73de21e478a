"""On the wire: what the SDK makes of answers that are late, broken, or not DynamoDB's."""

import json
import logging
import socket
import threading
from unittest import TestCase, mock

from live import aws
from live.config import THREADS
from live.dynamo import Dynamo
from live.logs import JsonFormatter
from live.store import Away, NotFound
from live.worker import Worker
from tests import stubs
from tests.contract import OPENING, SECRET
from tests.stubs import answer, failures, server

ID = "a" * 26
NOTHING = answer(200, b'{"ConsumedCapacity":{"TableName":"channels","CapacityUnits":0.5}}')
THROTTLED = answer(
    400, b'{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"too fast"}'
)
PAGE = b"<html>Bad gateway</html>"


class WireTest(TestCase):
    def setUp(self) -> None:
        # Between tries; how long is the SDK's matter.
        self.enterContext(mock.patch("botocore.endpoint.time.sleep"))
        self.asked = threading.Semaphore(0)
        self.silence = threading.Event()
        self.addCleanup(self.silence.set)

    def hang(self, *_: object) -> None:
        self.asked.release()
        self.silence.wait()

    def store(self, *answers: stubs.Answer, read_timeout: float = 600) -> Dynamo:
        self.answers = list(answers)
        endpoint = self.enterContext(server(self.answers))
        # On a busy machine the server of a test may be late.
        with mock.patch.multiple(aws, CONNECT_TIMEOUT=600, READ_TIMEOUT=read_timeout):
            return Dynamo(stubs.dynamodb(endpoint), "channels", SECRET)

    def test_a_passing_failure(self) -> None:
        tests = {
            "throttled": [THROTTLED, THROTTLED],
            "an error of the server": [answer(500, PAGE), answer(503, b"{}")],
            "an answer that breaks off": [answer(200, b'{"ConsumedCap', length=99, crc=1)],
            "no answer": [lambda handler: None],
        }
        for name, answers in tests.items():
            with self.subTest(name):
                before = failures("dynamodb")
                with self.assertRaises(NotFound):
                    self.store(*answers, NOTHING).find(ID)
                self.assertEqual((self.answers, failures("dynamodb")), ([], before))

    def test_a_lasting_failure(self) -> None:
        tests = {
            "ProvisionedThroughputExceededException": [THROTTLED] * 3,
            "500": [answer(500, PAGE)] * 3,
            "ConnectionClosedError": [lambda handler: None] * 3,
            "Foreign": [answer(200, PAGE)],
            "404": [answer(404, PAGE)],
        }
        for reason, answers in tests.items():
            with self.subTest(reason):
                store = self.store(*answers)
                before = failures("dynamodb")
                with self.assertLogs("live.aws") as logs, self.assertRaises(Away):
                    # As if it were done: nothing that is not written may be acknowledged.
                    store.open(OPENING)
                self.assertEqual(self.answers, [], "it is tried three times, or once")
                self.assertEqual(failures("dynamodb"), before + 1)
                line = json.loads(JsonFormatter("0123abc").format(logs.records[0]))
                self.assertEqual((line["level"], line["msg"], line["store"]), ("WARNING", "store failed", "dynamodb"))
                self.assertRegex(line["reason"], f"^({reason})$")
                self.assertNotIn("hamlet", str(line))

    def test_nobody_is_there(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        store = Dynamo(stubs.dynamodb(f"http://127.0.0.1:{port}"), "channels", SECRET)
        with self.assertLogs("live.aws") as logs, self.assertRaises(Away):
            store.find(ID)
        self.assertEqual(logs.records[0].fields["reason"], "EndpointConnectionError")

    def test_every_call_is_bounded(self) -> None:
        for client in (stubs.dynamodb(), stubs.s3()):
            config = client.meta.config
            self.assertEqual((config.connect_timeout, config.read_timeout), (1, 2))
            self.assertEqual(config.retries, {"mode": "standard", "total_max_attempts": 3})
            # A thread never waits for another one's connection.
            self.assertEqual(config.max_pool_connections, THREADS)
        # At worst the last try of a request ends while its answer is still of interest.
        self.assertLess(aws.BUDGET + aws.TURN + aws.CONNECT_TIMEOUT + aws.READ_TIMEOUT, Worker.patience)

    def test_silence_is_bounded(self) -> None:
        store = self.store(*[self.hang] * 3, read_timeout=0.05)
        with self.assertLogs("live.aws") as logs, self.assertRaises(Away):
            store.find(ID)
        # The server may read a request after it was given up.
        for _ in range(3):
            self.asked.acquire()
        self.assertEqual((self.answers, logs.records[0].fields["reason"]), ([], "ReadTimeoutError"))

    def test_silence_does_not_take_every_thread(self) -> None:
        self.enterContext(mock.patch.dict(aws._slots, {"dynamodb": threading.BoundedSemaphore(2)}))
        store = self.store(self.hang, self.hang, *[answer(500, b"{}")] * 4)
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)
        waiting = [threading.Thread(target=self.ask, args=(store,), daemon=True) for _ in range(2)]
        for thread in waiting:
            thread.start()
        for _ in waiting:
            self.asked.acquire()
        before = failures("dynamodb")
        with self.assertRaises(Away):
            store.find(ID)
        self.assertEqual(failures("dynamodb"), before + 1)
        self.assertTrue(all(thread.is_alive() for thread in waiting), "the third one waited as long as they did")
        # Another store has slots of its own.
        with aws.asking("s3"):
            self.silence.set()
        for thread in waiting:
            thread.join()
        # They were given back.
        self.answers += [NOTHING]
        with self.assertRaises(NotFound):
            store.find(ID)

    def ask(self, store: Dynamo) -> None:
        with self.assertRaises(Away):
            store.find(ID)
