# postgres.sh DATA REGION: the PostgreSQL of one data name. Its folder is made once: empty, or as a standby, a copy of the source's.
set -eu
data=$1 region=$2
cd "/state/postgres/$data"
umask 077
PATH=/usr/lib/postgresql/15/bin:$PATH
. ./source # SOURCE_HOST SOURCE_PORT, of a standby
# A standby that has the data of a writer was the writer when it lost its role. They stay beside the new ones, because what had not been copied is
# in them alone.
if [ -n "${SOURCE_HOST:-}" ] && [ -e data ] && [ ! -e data/standby.signal ]; then
  rm -rf data.lost
  mv data data.lost
fi
# One that became the writer has the mark of a standby no more, and needs none.
if [ ! -e data ]; then
  rm -rf data.part
  if [ -n "${SOURCE_HOST:-}" ]; then
    # Until the source is there, has the role and the slot, and lets it in.
    PGPASSFILE=$PWD/passfile PGCONNECT_TIMEOUT=30 pg_basebackup --host "$SOURCE_HOST" --port "$SOURCE_PORT" --username replicator --no-password \
      --pgdata data.part --wal-method stream --slot "$region" --checkpoint fast || { sleep 2; exit 1; }
    touch data.part/standby.signal
  else
    initdb --pgdata data.part --username postgres --data-checksums --locale C.UTF-8 --encoding UTF8 --auth-local peer \
      --auth-host scram-sha-256 --no-instructions
  fi
  mv data.part data
fi
exec postgres --config-file="$PWD/postgresql.conf"
