"""How AWS is asked, or what stands for it: every call is bounded, and every failure is reported in the same way."""

import logging
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from live import metrics
from live.config import THREADS
from live.store import Away

log = logging.getLogger(__name__)

# Seconds, of each try.
CONNECT_TIMEOUT = 1.0
READ_TIMEOUT = 2.0
RETRIES = 2
# How many seconds a request may begin calls for, and tries of calls: a list may take several. The last try ends before
# live.worker gives up the request, after ten, so whoever asked is asked to try again.
BUDGET = 6.0
# How many calls of a store may be under way: when both are silent, some threads are left, and they answer the probes.
# Otherwise the cluster would restart a service because its store is away.
SLOTS = {"dynamodb": THREADS // 2, "s3": THREADS // 4}
# How many seconds a call waits for its turn, which a burst needs and silence must not take.
TURN = 0.25

_until: ContextVar[float] = ContextVar("until", default=math.inf)
_slots = {store: threading.BoundedSemaphore(calls) for store, calls in SLOTS.items()}


@contextmanager
def budget() -> Iterator[None]:
    """Bounds all calls within, of this thread."""
    told = _until.set(monotonic() + BUDGET)
    try:
        yield
    finally:
        _until.reset(told)


class Late(Exception):
    """The request has no time left."""


def _refuse_late(**_: Any) -> None:
    if monotonic() >= _until.get():
        raise Late


class Foreign(Exception):
    """The answer is not one of the store, or not a whole one."""


def client(store: str, region: str, endpoint: str | None = None, **more: Any) -> Any:
    """A client for all threads. Credentials, and endpoints that are not given, come from the SDK's own variables."""
    made = boto3.client(
        store,
        region_name=region,
        endpoint_url=endpoint,
        config=Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"mode": "standard", "max_attempts": RETRIES},
            max_pool_connections=THREADS,
            **more,
        ),
    )
    # Before each try.
    made.meta.events.register("before-send", _refuse_late)
    return made


@contextmanager
def asking(store: str) -> Iterator[None]:
    """Stands around each call of a store, and raises Away when the call fails."""
    if not _slots[store].acquire(timeout=TURN):
        raise _away(store, "busy")
    try:
        yield
    except ClientError as error:
        raise _away(store, error.response["Error"]["Code"]) from error
    except (BotoCoreError, ResponseParserError, Foreign, Late) as error:
        raise _away(store, type(error).__name__) from error
    finally:
        _slots[store].release()


def _away(store: str, reason: str) -> Away:
    metrics.store_failures.labels(store).inc()
    # Not the message: it may repeat what callers sent.
    log.warning("store failed", extra={"fields": {"store": store, "reason": reason}})
    return Away(store)
