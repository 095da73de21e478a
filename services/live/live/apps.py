"""What there is one of in a process."""

import logging
from typing import Any, cast

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.signals import got_request_exception

from live import metrics
from live.store import Memory, Store

log = logging.getLogger(__name__)


class LiveConfig(AppConfig):
    name = "live"
    store: Store

    def ready(self) -> None:
        # A database comes in here, as another Store.
        self.store = Memory(settings.CHANNELS)
        metrics.build_info.labels("live", settings.COMMIT).set(1)
        got_request_exception.connect(log_failure)


def store() -> Store:
    """The store of this process."""
    return cast(LiveConfig, apps.get_app_config("live")).store


def log_failure(**_: Any) -> None:
    log.error("request failed", exc_info=True)
