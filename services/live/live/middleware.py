"""What is done about every request: it gets an id, is counted, logged, and its answer measured."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from live import aws, logs, metrics
from live.answers import refuse

log = logging.getLogger(__name__)

# Of probes and of monitoring: counted, but not logged.
QUIET = {"GET /healthz", "GET /readyz", "GET /metrics"}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Takes the id that the request has of whoever sent it on, so that the log lines of several services can be found
    by one id. One that is not well-formed is replaced: it may hold anything."""

    def answer(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        id = given if re.fullmatch("[A-Za-z0-9._-]{1,64}", given) else uuid.uuid4().hex
        told = logs.request_id.set(id)
        try:
            response = get_response(request)
        finally:
            logs.request_id.reset(told)
        response.headers["X-Request-Id"] = id
        return response

    return answer


def requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = get_response(request)
        route = route_of(request)
        metrics.requests.labels(route, response.status_code).inc()
        if route not in QUIET:
            log.info(
                "request",
                extra={
                    "fields": {
                        "route": route,
                        "status": response.status_code,
                        "ms": round((time.perf_counter() - started) * 1000, 3),
                    }
                },
            )
        return response

    return answer


def budget(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Bounds what a request asks of stores as a whole: each call is bounded, and a request may need many."""

    def answer(request: HttpRequest) -> HttpResponse:
        with aws.budget():
            return get_response(request)

    return answer


def percent_encoding(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuses an address that cannot be decoded. Python would take it as it is, and so look for what nobody named."""

    def answer(request: HttpRequest) -> HttpResponse:
        if re.search("%(?![0-9A-Fa-f]{2})", request.META.get("RAW_URI", "")):
            return refuse(400, "path: its percent-encoding is broken")
        return get_response(request)

    return answer


def content_length(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Without it, gunicorn sends every answer in chunks. Django's CommonMiddleware would set it too, but that one also
    refuses requests for their Host, which does not matter here."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers["Content-Length"] = str(len(response.content))
        return response

    return answer


def route_of(request: HttpRequest) -> str:
    """The method and the pattern. The path may hold anything, and would make a series of its own each time."""
    if request.resolver_match is None or request.method not in METHODS:
        return ""
    return f"{request.method} /{request.resolver_match.route}"
