"""What there is one of in a process."""

import logging
import secrets
from typing import Any, cast

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.signals import got_request_exception

from live import aws, metrics
from live.bucket import Bucket
from live.bucket import client as s3_client
from live.config import Config
from live.dynamo import Dynamo
from live.store import Memory, Store

log = logging.getLogger(__name__)


class LiveConfig(AppConfig):
    name = "live"
    store: Store
    bucket: Bucket | None

    def ready(self) -> None:
        config = settings.CONFIG
        self.store = store_of(config)
        self.bucket = bucket_of(config)
        log.info(
            "stores",
            extra={"fields": {"channels": config.table or "in memory", "recordings": config.bucket or "refused"}},
        )
        metrics.build_info.labels("live", config.commit).set(1)
        got_request_exception.connect(log_failure)


def store_of(config: Config) -> Store:
    if not config.table:
        # Nobody else knows these channels, so nobody else has to know their ids.
        return Memory(settings.CHANNELS, config.channel_key or secrets.token_bytes(32))
    return Dynamo(aws.client("dynamodb", config.region), config.table, config.channel_key)


def bucket_of(config: Config) -> Bucket | None:
    if not config.bucket:
        return None
    client = s3_client(config.region, config.s3_url)
    signer = s3_client(config.region, config.public_url) if config.public_url else client
    return Bucket(client, signer, config.bucket)


def store() -> Store:
    """The store of this process."""
    return cast(LiveConfig, apps.get_app_config("live")).store


def bucket() -> Bucket | None:
    """The recordings of this process, if it has any."""
    return cast(LiveConfig, apps.get_app_config("live")).bucket


def log_failure(**_: Any) -> None:
    log.error("request failed", exc_info=True)
