"""What the environment may set."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_DRAIN = 15.0


@dataclass(frozen=True, slots=True)
class Config:
    # Where it listens: host and port, as gunicorn takes them; no host is every address.
    address: str = ":8080"
    # How many seconds requests are still taken after the signal to stop: until then the cluster may send some.
    drain: float = 5.0
    # The commit of this repository that the image was built from.
    commit: str = "unknown"


def config_of(environ: Mapping[str, str]) -> Config:
    """Reads ADDRESS, DRAIN and COMMIT; an empty one is as good as none. Raises ValueError with every fault at once."""
    address = environ.get("ADDRESS") or Config().address
    drain = environ.get("DRAIN") or "5s"
    faults = []
    if not _is_address(address):
        faults.append(f"ADDRESS: {json.dumps(address)} was given, allowed is host:port with a port from 0 to 65535")
    seconds = _seconds(drain)
    if seconds is None or seconds > LONGEST_DRAIN:
        faults.append(f"DRAIN: {json.dumps(drain)} was given, allowed is a duration from 0s to {LONGEST_DRAIN:.0f}s")
    if seconds is None or faults:
        raise ValueError("; ".join(faults))
    return Config(address, seconds, environ.get("COMMIT") or Config().commit)


def _is_address(text: str) -> bool:
    # Checked here, because gunicorn takes an address without a port for one with port 8000.
    found = re.fullmatch(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]*):([0-9]{1,5})", text)
    return found is not None and int(found[1]) <= 65535


def _seconds(text: str) -> float | None:
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(ms|s)", text)
    if found is None:
        return None
    return float(found[1]) / (1000 if found[2] == "ms" else 1)
