"""The process that answers requests."""

import contextlib
import json
import logging
import os
import signal
import socket
import time
from http import HTTPStatus
from types import FrameType
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker

from live.config import config_of
from live.readiness import draining

log = logging.getLogger(__name__)

# How many seconds requests that are under way may take after the drain. Both, and the rest, fit into the 30 s that
# Kubernetes waits.
GRACE = 15


def write_error(sock: socket.socket, status: int, reason: str, message: str) -> None:
    """Answers a request that gunicorn cannot read. The message, which repeats some of it, is for the log."""
    if status == HTTPStatus.NOT_IMPLEMENTED:
        # Gunicorn calls that a bad request, too.
        reason = HTTPStatus.NOT_IMPLEMENTED.phrase
    body = json.dumps({"errors": [f"request: {reason.lower()}"]})
    head = (
        f"HTTP/1.1 {status} {reason}",
        "Connection: close",
        "Content-Type: application/json",
        "X-Content-Type-Options: nosniff",
        f"Content-Length: {len(body)}",
    )
    util.write_nonblock(sock, "\r\n".join((*head, "", body)).encode("latin1"))


# It is HTML otherwise, and there is no other place to change it.
util.write_error = write_error


class Worker(ThreadWorker):
    """Gunicorn's worker with threads, which also drains before it stops, and gives up on clients that are too slow."""

    # How many seconds a request may take from its first byte to the last of its answer. Gunicorn has no such limit: as
    # many clients as there are threads, each with half a request, would be the end of the service.
    patience = 10.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._drain = config_of(os.environ).drain
        self._stop_at: float | None = None
        self._since: dict[TConn, float] = {}

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # On a signal, and so in the middle of anything: it takes no lock, which means that it does not log either.
        if self._stop_at is None:
            self._stop_at = time.monotonic() + self._drain
            self.method_queue.defer(lambda: None)  # wakes the loop that calls notify

    def handle(self, conn: TConn) -> Any:
        self._since[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self._since[conn]

    def notify(self) -> None:
        """Called by the loop of this process, once a second at least."""
        super().notify()
        now = time.monotonic()
        if self._stop_at is not None:
            if not draining.is_set():
                draining.set()
                log.info("draining", extra={"fields": {"seconds": self._drain}})
            if self.alive and now >= self._stop_at:
                super().handle_exit(signal.SIGTERM, None)
        for conn, since in self._since.copy().items():
            if now - since >= self.patience:
                # The thread that reads from it or writes to it finds it at its end. It may just have been closed.
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)
