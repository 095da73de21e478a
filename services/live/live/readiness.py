"""Whether this process wants more requests."""

import threading

# Set once, when the process is told to stop.
draining = threading.Event()
