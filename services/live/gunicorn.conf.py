"""How gunicorn serves. Every name that is one of gunicorn's settings sets it."""

import json
import math
import os
import sys

from live import logs
from live.config import config_of
from live.worker import GRACE

try:
    environment = config_of(os.environ)
except ValueError as error:
    print(json.dumps({"level": "ERROR", "msg": "config", "service": "live", "error": str(error)}))
    sys.exit(2)

wsgi_app = "live.wsgi:application"
bind = environment.address
# The channels are in the memory of the process, so there is one, whatever WEB_CONCURRENCY says, and threads in it.
workers = 1
worker_class = "live.worker.Worker"
# More than processors could use: a client that is slow to send its request keeps one busy.
threads = 32
# How many seconds a proxy may keep a connection for its next request; a new one for each is dear.
keepalive = 60
# After that, gunicorn kills the process that answers requests.
graceful_timeout = math.ceil(environment.drain) + GRACE
# The heartbeat of the process is a file, and the root file system is read-only. Not every system has this one.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
# A file that is not needed: nobody controls gunicorn at run time.
control_socket_disable = True
logconfig_dict = logs.config(environment.commit)
