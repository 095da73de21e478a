#!/usr/bin/env python3
"""Django's commands, such as `test` and `check`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "live.settings")
    execute_from_command_line(sys.argv)
