# Keeps the logs of pipeline runs, which the kubelet deletes with their pods: as /logs/runs/POD/CONTAINER.log, within bounds.
shopt -s nullglob
mkdir -p /logs/runs
passed=0
while sleep 2; do
  # Every ten minutes or so.
  ((passed++ % 300)) || bash /platform-source/region/bound-pod-logs.sh /logs/runs 1048576
  for log in /logs/pods/ci_*/step-*/*.log; do
    pod=${log#/logs/pods/ci_} step=${log%/*} attempt=${log##*/}
    to=/logs/runs/${pod%%_*}
    file=$to/${step##*/step-}
    [ "$attempt" = 0.log ] || file=$file-${attempt%.log}
    [ -e "$file.log" ] || { mkdir -p "$to" && ln "$log" "$file.log"; }
  done
done
