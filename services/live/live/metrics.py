"""What Prometheus reads. Where one process answers, the client also gives its memory, processor time and open files."""

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector

# When a series began is of no use to anyone here, and doubles their number.
disable_created_metrics()

requests = Counter("http_requests", "Requests answered, by route and status.", ["route", "status"])
store_failures = Counter("store_failures", "Calls of a store that failed after all retries, by store.", ["store"])
build_info = Gauge(
    "build_info", "The commit this service was built from.", ["service", "commit"], multiprocess_mode="mostrecent"
)


def registry() -> CollectorRegistry:
    """What all processes counted: gunicorn.conf.py sets the variable where there are several."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    found = CollectorRegistry()
    MultiProcessCollector(found)
    return found
