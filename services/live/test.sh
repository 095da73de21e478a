#!/bin/sh
# Runs the tests in an environment of their own, and leaves coverage.xml. What is given goes to Django's test command.
set -eu
cd "$(dirname "$0")"
python3 -m venv .venv
.venv/bin/python3 -m pip install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes \
  -r requirements.txt -r requirements-test.txt
.venv/bin/coverage erase
.venv/bin/coverage run manage.py test "$@"
.venv/bin/coverage combine --quiet
.venv/bin/coverage xml -q
.venv/bin/coverage report
