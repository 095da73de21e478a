#!/bin/sh
# Scans the OCI layout $LAYOUT. Writes the findings to $SCAN/report.json and the bill of materials (CycloneDX) to $BOM/bom.json. The
# database is in $DATABASE, or comes from the first of $MIRRORS that has one of the last $DATABASE_MAX_HOURS hours. What it finds in the
# controls ($SCAN/control-*.json) is for the next step to judge. Findings do not fail this step; an end-of-life base and a scan that was not
# made do.
set -eu
task=trivy-scan
export TRIVY_CACHE_DIR=/cache TRIVY_DISABLE_TELEMETRY=true TRIVY_SKIP_VERSION_CHECK=true TRIVY_NO_PROGRESS=true
# Elsewhere Trivy might read a trivy.yaml of the pushed repository.
cd "$SCAN"

noted() { printf '%s' "$1${DATABASE_NOTE:+; $DATABASE_NOTE}"; }
stop() { fail 13 "$(noted "$1")"; }
refused_before 10
# The last message of Trivy, without time and level.
words() { grep -v '^$' "$1" | tail -n 1 | sed 's/^[^ \t]*[ \t]*\(FATAL\|ERROR\)[ \t]*//' | cut -c 1-400; }

if [ -n "$DATABASE" ]; then
  [ -e "$DATABASE/db/trivy.db" ] || stop "not scanned: there is no database in $DATABASE"
  cp -R "$DATABASE/." /cache/
else
  found=
  for mirror in $MIRRORS; do
    # Both databases from one mirror: halves of two do not match.
    rm -rf /cache/new
    if TRIVY_CACHE_DIR=/cache/new trivy image --download-db-only --db-repository "$mirror/trivy-db:2" >"$SCAN/log" 2>&1 &&
      TRIVY_CACHE_DIR=/cache/new trivy image --download-java-db-only --java-db-repository "$mirror/trivy-java-db:1" >>"$SCAN/log" 2>&1; then
      found=$mirror
      rm -rf /cache/db /cache/java-db
      mv /cache/new/db /cache/new/java-db /cache/
      updated=$(sed -n 's/.*"UpdatedAt": *"\([0-9-]*T[0-9:]*\).*/\1/p' /cache/db/metadata.json || true)
      oldest=$(date -u -d "@$(($(date +%s) - DATABASE_MAX_HOURS * 3600))" +%Y-%m-%dT%H:%M:%S)
      # Another mirror may have a newer one. If none has, the step that judges refuses the old one.
      [ "$(printf '%s\n' "$oldest" "$updated" | sort | head -n 1)" = "$updated" ] || break
      printf 'trivy-scan: the database from %s is of %s\n' "$mirror" "$updated"
      continue
    fi
    printf 'trivy-scan: no database from %s: %s\n' "$mirror" "$(words "$SCAN/log")"
  done
  [ -n "$found" ] || stop "not scanned: no mirror has the database: $(words "$SCAN/log")"
fi
cp /cache/db/metadata.json "$SCAN/metadata.json" 2>/dev/null || stop 'not scanned: the database does not say how old it is'

# Without the ignores, which are of the repository.
for control in "$SCAN"/control-*.json; do
  trivy sbom --format json --output "${control%.json}.report" --skip-db-update --skip-java-db-update --offline-scan \
    "$control" >"$SCAN/log" 2>&1 || stop "not scanned: the database does not find the controls: $(words "$SCAN/log")"
done
status=0
trivy image --input "$LAYOUT" --scanners vuln --format json --output "$SCAN/report.json" --list-all-pkgs \
  --skip-db-update --skip-java-db-update --offline-scan --ignorefile "$SCAN/ignore.yaml" \
  --exit-code 0 --exit-on-eol 11 >"$SCAN/log" 2>&1 || status=$?
cat "$SCAN/log"
case $status in
  0) ;;
  11)
    reason="the base image's distribution is past its end of life: nobody mends what is found in it; move to a supported one"
    refuse 11 "$(noted "$reason")"
    ;;
  *) ! grep -q 'in use by another process' "$SCAN/log" || stop 'not scanned: the database is locked by another scan'
    stop "not scanned: Trivy ended with $status: $(words "$SCAN/log")" ;;
esac
trivy convert --format cyclonedx --output "$BOM/bom.json" "$SCAN/report.json" >"$SCAN/log" 2>&1 ||
  stop "no bill of materials: $(words "$SCAN/log")"
