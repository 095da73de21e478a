"""Django's settings. There is no database, session, user, template or form, and so none of their parts."""

import os
import secrets
from pathlib import Path

from live import logs
from live.config import config_of

ROOT = Path(__file__).resolve().parent.parent

CONFIG = config_of(os.environ)
COMMIT = CONFIG.commit
# One line on what this version brings, for whoever asks GET /version.
CHANGE = (ROOT / "change.txt").read_text(encoding="utf-8").strip()
# How many channels are kept in memory.
CHANNELS = 20_000

# Nothing here is signed. Should a part of Django ever sign something, then with a key that nobody knows.
SECRET_KEY = secrets.token_urlsafe(64)
# Nothing here depends on the Host of a request: no link is made of it. Probes come by address, the rest through an
# ingress, which routes by host.
ALLOWED_HOSTS = ["*"]

ROOT_URLCONF = "live.urls"
INSTALLED_APPS = ["live"]
MIDDLEWARE = [
    "live.middleware.request_id",
    "live.middleware.requests",
    "live.middleware.content_length",
    "django.middleware.security.SecurityMiddleware",
    "live.middleware.percent_encoding",
    "live.middleware.budget",
]
USE_TZ = True
USE_I18N = False

# Bounds the body of a request, in bytes; the longest valid opening is below 2 KiB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 << 10

LOGGING = logs.config(COMMIT)

SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # X-Frame-Options: there is no page to put into a frame.
    "security.W003",  # CSRF: there is neither a cookie nor a session that a foreign page could use.
    "security.W004",  # HSTS: TLS ends before this service, and so does what browsers get to know about it.
    "security.W008",  # Redirect to HTTPS: likewise; the probes of the cluster would be redirected too.
]
