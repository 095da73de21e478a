"""The HTTP requests of the service."""

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import UnreadablePostError
from django.views import View
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from live import instant, metrics
from live.answers import refuse, reply
from live.apps import bucket, store
from live.bucket import Bucket, Link
from live.channel import Channel, Recording
from live.readiness import draining
from live.store import Away, Full, NotFound, OtherAnnouncement, OtherOpening, TooManyRecordings
from live.validation import Invalid, read_announcement, read_opening, read_query

log = logging.getLogger(__name__)


# What a store refuses, by status and by the field that it is about.
REFUSALS: dict[type[Exception], tuple[int, str]] = {
    NotFound: (404, "id"),
    OtherOpening: (409, "key"),
    OtherAnnouncement: (409, "name"),
    TooManyRecordings: (409, "recordings"),
}


class Refused(Exception):
    """The request is answered with this status and these faults."""

    def __init__(self, status: int, *faults: str) -> None:
        super().__init__(*faults)
        self.status = status
        self.faults = faults


class JsonView(View):
    """Answers in JSON, also what it does not do."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except Refused as error:
            return refuse(error.status, *error.faults)
        except Invalid as error:
            return refuse(400, *error.faults)
        except tuple(REFUSALS) as error:
            status, field = REFUSALS[type(error)]
            return refuse(status, f"{field}: {error}")
        except Full as error:
            return refuse(503, str(error))
        except Away as error:
            return reply(503, {"errors": [f"{error}; try again"]}, {"Retry-After": "1"})

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        allowed = super().http_method_not_allowed(request, *args, **kwargs).headers["Allow"]
        return reply(405, {"errors": [f"method: allowed are {allowed}"]}, {"Allow": allowed})


class Channels(JsonView):
    def get(self, request: HttpRequest) -> HttpResponse:
        query = read_query(request.GET)
        try:
            page = store().page(limit=query.limit, after=query.after, state=query.state, show=query.show)
        except NotFound as error:
            # Not 404: the list is there, its query is wrong.
            raise Refused(400, f"after: {error}") from None
        return reply(200, {"channels": [shown(channel) for channel in page.channels], "next": page.next})

    def post(self, request: HttpRequest) -> HttpResponse:
        channel, created = store().open(read_opening(body_of(request)))
        if created:
            return reply(201, shown(channel), {"Location": f"/channels/{channel.id}"})
        return reply(200, shown(channel))


class OneChannel(JsonView):
    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        return reply(200, shown(store().find(id)))


class Close(JsonView):
    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        return reply(200, shown(store().close(id)))


class Recordings(JsonView):
    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        files = own_bucket()
        recordings = store().announced(id)
        # A channel without any is no reason to ask.
        stored = files.stored(id) if recordings else set()
        return reply(200, {"recordings": [self._shown(files, id, recording, stored) for recording in recordings]})

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        files = own_bucket()
        recording, created = store().announce(id, read_announcement(body_of(request)))
        upload = files.upload(id, recording.announcement)
        return reply(201 if created else 200, {**shown_recording(recording), "upload": shown_link(upload)})

    @staticmethod
    def _shown(files: Bucket, id: str, recording: Recording, stored: set[str]) -> dict[str, Any]:
        name = recording.announcement.name
        if name not in stored:
            # Not uploaded, or, in the region that took over, not copied before that.
            return {**shown_recording(recording), "state": "not here yet", "download": None}
        link = files.download(id, name)
        return {**shown_recording(recording), "state": "stored", "download": shown_link(link)}


class Version(JsonView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return reply(200, {"service": "live", "commit": settings.COMMIT, "change": settings.CHANGE})


class Healthy(JsonView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return reply(200, {"status": "ok"})


class Ready(JsonView):
    """Says no while the process shuts down, so that no new requests are sent here."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if draining.is_set():
            return reply(503, {"status": "shutting down"})
        return reply(200, {"status": "ready"})


class Metrics(JsonView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(generate_latest(metrics.registry()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def no_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(404, "path: no such page")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(400, "request: not understood")


def failed(request: HttpRequest) -> HttpResponse:
    # The reason is for the log, not for the caller: live.apps writes it.
    return refuse(500, "internal error")


def body_of(request: HttpRequest) -> bytes:
    if request.content_type != "application/json":
        raise Refused(415, "content-type: allowed is application/json")
    if "CONTENT_LENGTH" not in request.META and "HTTP_TRANSFER_ENCODING" in request.META:
        # Django would take a body in chunks for an empty one.
        raise Refused(411, "content-length: missing")
    try:
        body = request.body
    except RequestDataTooBig:
        raise Refused(413, f"body: allowed are {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes") from None
    except UnreadablePostError:
        raise Refused(400, "body: broke off") from None
    # Django takes what came before the end of the connection for all of it.
    if len(body) != int(request.META.get("CONTENT_LENGTH") or 0):
        raise Refused(400, "body: broke off")
    return body


def own_bucket() -> Bucket:
    found = bucket()
    if found is None:
        raise Refused(503, "recordings: this service has no bucket; BUCKET_RECORDINGS names one")
    return found


def shown(channel: Channel) -> dict[str, str | None]:
    return {
        "id": channel.id,
        "key": channel.opening.key,
        "show": channel.opening.show,
        "title": channel.opening.title,
        "state": channel.state,
        "openedAt": instant.shown(channel.opened_at),
        "closedAt": None if channel.closed_at is None else instant.shown(channel.closed_at),
    }


def shown_recording(recording: Recording) -> dict[str, Any]:
    announcement = recording.announcement
    return {
        "name": announcement.name,
        "type": announcement.type,
        "size": announcement.size,
        "announcedAt": instant.shown(recording.announced_at),
    }


def shown_link(link: Link) -> dict[str, Any]:
    return {
        "method": link.method,
        "url": link.url,
        "headers": link.headers,
        "expiresAt": instant.shown(link.expires_at),
    }
