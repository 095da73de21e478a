# Sourced by the init of every sandbox, which is process 1 of its namespace: it starts the programs, restarts those that end, and reaps
# the orphans of containerd.

# keep NAME COMMAND...: runs COMMAND and restarts it when it ends, output in /logs/NAME.log, pid in /run/NAME.pid
keep() {
  local name=$1
  shift
  (
    while true; do
      "$@" >>"/logs/$name.log" 2>&1 &
      echo $! >"/run/$name.pid"
      wait $! && status=0 || status=$?
      echo "--- $name ended with status $status and is restarted" >>"/logs/$name.log"
      sleep 0.5
    done
  ) &
}

# trim_logs FOLDER: a log of more than 64 MiB starts again; its end stays beside it. Whoever writes it appends, so it may be emptied meanwhile.
trim_logs() {
  local log
  for log in "$1"/*.log; do
    [ "$(stat -c %s "$log")" -gt 67108864 ] || continue
    tail -c 16777216 "$log" >"$log.before"
    : >"$log"
  done
}

stay() {
  # The kernel kills all other processes with this one, so it ends last. The caller enforces the grace period.
  trap 'trap "" TERM; while kill -0 $(cat /run/*.pid) 2>/dev/null; do sleep 0.1; done; exit 0' TERM
  while true; do
    sleep 300 &
    wait $! || true
    trim_logs /logs
  done
}
