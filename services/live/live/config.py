"""What the environment may set."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

LONGEST_DRAIN = 12.0
SHORTEST_KEY = 32
# Of each process. More than processors could use: a client that is slow to send its request keeps one busy, and so does
# a store that is slow to answer.
THREADS = 32


@dataclass(frozen=True, slots=True)
class Config:
    # Where it listens: host and port, as gunicorn takes them; no host is every address.
    address: str = ":8080"
    # How many seconds requests are still taken after the signal to stop: until then the cluster may send some.
    drain: float = 5.0
    # The commit of this repository that the image was built from.
    commit: str = "unknown"
    # How many processes answer requests. A request takes about 3 ms of processor time, so one process makes full use of
    # the half core that a pod may have; another costs 70 MB and answers no more. Replicas are for that.
    workers: int = 1
    # Of the stores; credentials are the AWS SDK's own matter, which reads the environment by itself.
    region: str = ""
    # DynamoDB's table of channels; without it, they are in memory.
    table: str = ""
    # Decides the ids of channels: the same in every region that may serve them.
    channel_key: bytes = field(default=b"", repr=False)
    # S3's bucket of recordings; without it, there are none.
    bucket: str = ""
    # Where it is, if not on AWS, and where callers reach it, if not there.
    s3_url: str = ""
    public_url: str = ""


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


def _is_address(text: str) -> bool:
    # Checked here, because gunicorn takes an address without a port for one with port 8000.
    found = re.fullmatch(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]*):([0-9]{1,5})", text)
    return found is not None and int(found[1]) <= 65535


def _is_drain(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?(ms|s)", text) is not None and _seconds(text) <= LONGEST_DRAIN


def _seconds(text: str) -> float:
    return float(text.removesuffix("ms")) / 1000 if text.endswith("ms") else float(text.removesuffix("s"))


_URL = (
    _matches(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"),
    "http:// or https://, a host and a port, no path",
)
ALLOWED: dict[str, tuple[Callable[[str], bool], str]] = {
    "ADDRESS": (_is_address, "host:port with a port from 0 to 65535"),
    "DRAIN": (_is_drain, f"a duration from 0s to {LONGEST_DRAIN:.0f}s"),
    "WORKERS": (_matches("[1-8]"), "a whole number from 1 to 8"),
    "AWS_REGION": (_matches("[a-z]{2}(-[a-z]+)+-[0-9]"), "the name of a region"),
    "TABLE_CHANNELS": (_matches("[A-Za-z0-9_.-]{3,255}"), "3 to 255 letters, digits, _, . and -"),
    "BUCKET_RECORDINGS": (
        _matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
        "3 to 63 lower-case letters, digits, . and -",
    ),
    "AWS_ENDPOINT_URL_DYNAMODB": _URL,
    "AWS_ENDPOINT_URL_S3": _URL,
    # Without a path: the signature of a URL covers it, and whoever takes it away on the way makes the signature wrong.
    "S3_PUBLIC_URL": _URL,
}
# What is of no use without another variable.
NEEDS = {
    "TABLE_CHANNELS": ("AWS_REGION", "CHANNEL_KEY"),
    "BUCKET_RECORDINGS": ("TABLE_CHANNELS",),
    "AWS_ENDPOINT_URL_DYNAMODB": ("TABLE_CHANNELS",),
    "AWS_ENDPOINT_URL_S3": ("BUCKET_RECORDINGS",),
    "S3_PUBLIC_URL": ("BUCKET_RECORDINGS",),
    "AWS_ACCESS_KEY_ID": ("AWS_SECRET_ACCESS_KEY",),
    "AWS_SECRET_ACCESS_KEY": ("AWS_ACCESS_KEY_ID",),
}


def config_of(environ: Mapping[str, str]) -> Config:
    """Reads the variables of README.md; an empty one is as good as none. Raises ValueError with every fault at once."""
    given = {name: text for name, text in environ.items() if text}
    faults = [
        f"{name}: {json.dumps(given[name])} was given, allowed is {words}"
        for name, (allowed, words) in ALLOWED.items()
        if name in given and not allowed(given[name])
    ]
    key = given.get("CHANNEL_KEY", "").encode()
    if 0 < len(key) < SHORTEST_KEY:
        # Neither here nor below does a fault show what is secret.
        faults.append(f"CHANNEL_KEY: {len(key)} bytes were given, allowed are {SHORTEST_KEY} or more")
    faults += [
        f"{needed}: missing, {name} needs it: set both, or neither"
        for name, needs in NEEDS.items()
        for needed in needs
        if name in given and needed not in given
    ]
    if given.get("WORKERS", "1") != "1" and "TABLE_CHANNELS" not in given:
        faults.append("WORKERS: allowed is 1 without TABLE_CHANNELS: each process would have channels of its own")
    if faults:
        raise ValueError("; ".join(faults))
    usual = Config()
    return Config(
        address=given.get("ADDRESS", usual.address),
        drain=_seconds(given["DRAIN"]) if "DRAIN" in given else usual.drain,
        commit=given.get("COMMIT", usual.commit),
        workers=int(given.get("WORKERS", usual.workers)),
        region=given.get("AWS_REGION", usual.region),
        table=given.get("TABLE_CHANNELS", usual.table),
        channel_key=key,
        bucket=given.get("BUCKET_RECORDINGS", usual.bucket),
        s3_url=given.get("AWS_ENDPOINT_URL_S3", usual.s3_url),
        public_url=given.get("S3_PUBLIC_URL", usual.public_url),
    )
