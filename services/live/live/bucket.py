"""Recordings in S3."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from live import aws, instant
from live.aws import asking
from live.channel import Announcement

EXPIRY = timedelta(minutes=15)


def client(region: str, endpoint: str = "") -> Any:
    """A client of S3, or of what stands for it at the endpoint. Left to itself, the SDK signs less than all of a
    request, and for AWS's global host, which redirects to the region's for hours after a bucket was made."""
    style = "path" if endpoint else "virtual"
    return aws.client("s3", region, endpoint or None, signature_version="s3v4", s3={"addressing_style": style})


@dataclass(frozen=True, slots=True)
class Link:
    """A request that its holder may make without credentials, with these headers, until it expires."""

    method: str
    url: str
    expires_at: datetime
    headers: dict[str, str] = field(default_factory=dict)


class Bucket:
    """Keeps recordings as CHANNEL/NAME. Their bytes never pass through this service: callers send them to the bucket,
    and fetch them there. The signer is a client of the endpoint that callers reach: a URL is signed for its host."""

    def __init__(self, client: Any, signer: Any, bucket: str, now: Callable[[], datetime] = instant.now) -> None:
        self._client = client
        self._signer = signer
        self._bucket = bucket
        self._now = now

    def upload(self, id: str, announcement: Announcement) -> Link:
        """A link that stores the recording, once: what is there is not replaced, and the same request again is answered
        with 412. Another type or length is refused with 403."""
        headers = {"Content-Type": announcement.type, "If-None-Match": "*"}
        return self._link(
            "PUT",
            "put_object",
            headers,
            Key=_key(id, announcement.name),
            ContentType=announcement.type,
            ContentLength=announcement.size,
            IfNoneMatch="*",
        )

    def download(self, id: str, name: str) -> Link:
        """A link that fetches the recording."""
        return self._link("GET", "get_object", {}, Key=_key(id, name))

    def stored(self, id: str) -> set[str]:
        """The names of the channel's recordings that are here, in the bucket of this region."""
        prefix = _key(id, "")
        with asking("s3"):
            # One page has a thousand, and a channel fewer.
            answer = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix)
        return {entry["Key"].removeprefix(prefix) for entry in answer.get("Contents", [])}

    def _link(self, method: str, operation: str, headers: dict[str, str], **params: Any) -> Link:
        expires_at = self._now() + EXPIRY
        # Signing asks nobody, except when credentials have to be renewed.
        with asking("s3"):
            url = self._signer.generate_presigned_url(
                operation,
                Params={"Bucket": self._bucket, **params},
                ExpiresIn=int(EXPIRY.total_seconds()),
                HttpMethod=method,
            )
        return Link(method, url, expires_at, headers)


def _key(id: str, name: str) -> str:
    return f"{id}/{name}"
