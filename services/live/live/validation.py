"""Reads what callers send, strictly, and names every fault at once."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import QueryDict

from live.channel import Announcement, Opening, State, composed

# In characters.
LIMITS = {"key": 64, "show": 64, "title": 100}
LONGEST_PAGE = 100
USUAL_PAGE = 50
# A browser would run some of the other types where the bucket is.
TYPES = ("audio/mp4", "audio/webm", "image/jpeg", "image/png", "text/vtt", "video/mp2t", "video/mp4", "video/webm")
# In bytes: S3 takes no more in one request.
LARGEST_RECORDING = 5 << 30


class Invalid(ValueError):
    """What was sent is not allowed; each fault says where and what is."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = list(faults)


@dataclass(frozen=True, slots=True)
class Query:
    """Which channels are asked for."""

    limit: int = USUAL_PAGE
    after: str | None = None
    state: State | None = None
    show: str | None = None


def read_opening(body: bytes) -> Opening:
    """Reads one JSON object of strings; raises Invalid."""
    given = _read_object(body)
    if not all(isinstance(value, str) for value in given.values()):
        raise Invalid(["body: every field is a string"])
    # Before they are measured.
    given |= {name: composed(given[name]) for name in ("show", "title") if name in given}
    _check(given, {name: partial(_text_fault, limit=limit) for name, limit in LIMITS.items()})
    return Opening(**given)


def read_announcement(body: bytes) -> Announcement:
    """Reads one JSON object of a name, a type and a size; raises Invalid."""
    given = _read_object(body)
    _check(given, {"name": _name_fault, "type": _type_fault, "size": _size_fault})
    return Announcement(**given)


def _check(given: Mapping[str, Any], faults_of: Mapping[str, Callable[[Any], str | None]]) -> None:
    faults = []
    for name, fault_of in faults_of.items():
        fault = fault_of(given[name]) if name in given else "missing"
        if fault:
            faults.append(f"{name}: {fault}")
    if given.keys() - faults_of.keys():
        # Their names are not repeated: they may be as long as the body.
        *first, last = faults_of
        faults.append(f"body: there are unknown fields, allowed are {', '.join(first)} and {last}")
    if faults:
        raise Invalid(faults)


def _name_fault(name: object) -> str | None:
    # It becomes a part of a path, of a URL, and of what a disk may store it by.
    if isinstance(name, str) and re.fullmatch("[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        return None
    return "allowed are 1 to 100 letters, digits, `.`, `_` and `-`, a letter or a digit first"


def _type_fault(type: object) -> str | None:
    return None if type in TYPES else f"allowed are {', '.join(TYPES)}"


def _size_fault(size: object) -> str | None:
    # To Python, True is a whole number too.
    if isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= LARGEST_RECORDING:
        return None
    return f"allowed is a whole number of bytes from 1 to {LARGEST_RECORDING}"


def read_query(given: QueryDict) -> Query:
    """Reads the query of a list; raises Invalid."""
    faults = []
    single: dict[str, str] = {}
    for name in ("limit", "after", "state", "show"):
        values = given.getlist(name)
        if len(values) > 1:
            faults.append(f"{name}: allowed once")
        elif values:
            single[name] = values[0]
    if "show" in single:
        single["show"] = composed(single["show"])
    faults += _query_faults(single)
    if given.keys() - {"limit", "after", "state", "show"}:
        faults.append("query: there are unknown fields, allowed are limit, after, state and show")
    if faults:
        raise Invalid(faults)
    state = single.get("state")
    return Query(
        limit=int(single.get("limit", USUAL_PAGE)),
        after=single.get("after"),
        state=None if state is None else State(state),
        show=single.get("show"),
    )


def _query_faults(given: Mapping[str, str]) -> list[str]:
    faults = []
    if "limit" in given and not _is_page(given["limit"]):
        faults.append(f"limit: allowed is a whole number from 1 to {LONGEST_PAGE}")
    if "state" in given and given["state"] not in list(State):
        faults.append("state: allowed are open and closed")
    if "show" in given and (fault := _text_fault(given["show"], LIMITS["show"])):
        faults.append(f"show: {fault}")
    return faults


def _is_page(text: str) -> bool:
    # int() takes more than digits, and digits of every script.
    return text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= LONGEST_PAGE


def _text_fault(text: str, limit: int) -> str | None:
    if not 1 <= len(text) <= limit:
        return f"{len(text)} characters were given, allowed are 1 to {limit}"
    # Not printable are control and formatting characters and half a surrogate pair; U+FFFD stands for unreadable bytes.
    if text.strip() != text or not text.isprintable() or "\ufffd" in text:
        return "allowed is printable text without blanks around it"
    return None


class _Twice(ValueError):
    pass


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _read_object(body: bytes) -> dict[str, Any]:
    """Stricter than json.loads alone, which guesses the encoding and takes the last of two equal keys."""
    try:
        found = json.loads(body.decode("utf-8"), object_pairs_hook=_once)
    except UnicodeDecodeError:
        raise Invalid(["body: not UTF-8"]) from None
    except _Twice:
        raise Invalid(["body: a field is there twice"]) from None
    except (ValueError, RecursionError):
        raise Invalid(["body: not JSON, allowed is one JSON object and nothing after it"]) from None
    if not isinstance(found, dict):
        raise Invalid(["body: allowed is one JSON object"])
    return found
