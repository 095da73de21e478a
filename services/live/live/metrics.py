"""What Prometheus reads. Its client also tells memory, processor time and open files of the process."""

from prometheus_client import Counter, Gauge, disable_created_metrics

# When a series began is of no use to anyone here, and doubles their number.
disable_created_metrics()

requests = Counter("http_requests", "Requests answered, by route and status.", ["route", "status"])
build_info = Gauge("build_info", "The commit this service was built from.", ["service", "commit"])
