#!/bin/sh
# Analyses the copy of a repository in $SCAN/sources and sends the report to the platform's SonarQube ($SONAR_HOST_URL, $SONAR_TOKEN). The
# arguments are settings of the stack. A sonar-project.properties of the repository is not read: it could name another server.
#
# skipJvmSslConfig: without it each of the scanner's two JVMs reads the JVM's trusted certificates a second time, by a library that proves each RSA
# key. That takes longer than the analysis. With it the scanner trusts the same certificates.
set -eu
task=sonar-scan
refused_before 10
: >"$SCAN/empty.properties"
cd "$SCAN/sources"
status=0
sonar-scanner -Dproject.settings="$SCAN/empty.properties" -Dsonar.projectBaseDir="$SCAN/sources" \
  -Dsonar.working.directory="$SCAN/work" -Dsonar.projectKey="$SERVICE" -Dsonar.projectName="$SERVICE" \
  -Dsonar.projectVersion="$COMMIT" -Dsonar.scm.disabled=true -Dsonar.sourceEncoding=UTF-8 \
  -Dsonar.scanner.skipJreProvisioning=true -Dsonar.scanner.skipJvmSslConfig=true "$@" >"$SCAN/log" 2>&1 || status=$?
cat "$SCAN/log"
if [ "$status" -ne 0 ]; then
  last=$(grep ERROR "$SCAN/log" | head -n 1 | sed 's/^[^ ]* *ERROR *//' | cut -c 1-400)
  fail 13 "not judged: the scanner ended with $status: $last"
fi
