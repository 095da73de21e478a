"""The form of every answer."""

from typing import Any

from django.http import HttpResponse, JsonResponse


def refuse(status: int, *faults: str) -> HttpResponse:
    return reply(status, {"errors": list(faults)})


def reply(status: int, value: dict[str, Any], headers: dict[str, str] | None = None) -> HttpResponse:
    dumps = {"ensure_ascii": False, "separators": (",", ":")}
    return JsonResponse(value, status=status, headers=headers, json_dumps_params=dumps)
