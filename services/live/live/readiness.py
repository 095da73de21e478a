"""Whether this process wants more requests."""

import threading

# Set once, when the process is asked to stop.
draining = threading.Event()
