"""How gunicorn serves. Every name that is one of gunicorn's settings sets it."""

import json
import math
import os
import sys
import tempfile

from live import logs
from live.config import THREADS, config_of
from live.worker import GRACE

try:
    environment = config_of(os.environ)
except ValueError as error:
    print(json.dumps({"level": "ERROR", "msg": "config", "service": "live", "error": str(error)}))
    sys.exit(2)

wsgi_app = "live.wsgi:application"
bind = environment.address
# Whatever WEB_CONCURRENCY says: channels may be in the memory of the process.
workers = environment.workers
worker_class = "live.worker.Worker"
threads = THREADS
if workers > 1:
    # In files of this folder the processes count together. The library looks for it when each of them imports it.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="live-metrics-")
# How many seconds a proxy may keep a connection for its next request; a new one for each is dear.
keepalive = 60
# After that, gunicorn kills the process that answers requests.
graceful_timeout = math.ceil(environment.drain) + GRACE
# The heartbeat of the process is a file, and the root file system is read-only. Not every system has this one.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
# A file that is not needed: nobody controls gunicorn at run time.
control_socket_disable = True
logconfig_dict = logs.config(environment.commit)
