# The init of SonarQube's sandbox. local/sonarqube/sonarqube.ts sets its gate and token, whatever its data say.
. /platform-source/sandbox/keep.sh
. /state/environment # PORT

mkdir -p /state/data /state/temp /state/sonar-logs /state/extensions
chown -R 1000:1000 /state/data /state/temp /state/sonar-logs /state/extensions
mount --bind /state/extensions /sonarqube/extensions
ip link set lo up
cd /sonarqube
export SONAR_WEB_HOST=0.0.0.0 SONAR_WEB_PORT=$PORT SONAR_TELEMETRY_ENABLE=false SONAR_UPDATECENTER_ACTIVATE=false
export SONAR_PATH_DATA=/state/data SONAR_PATH_TEMP=/state/temp SONAR_PATH_LOGS=/state/sonar-logs HOME=/state/temp
# Small heaps, for three services. Their start is what `up` waits for, and is over before a second compiler has earned what it costs.
small='-XX:TieredStopAtLevel=1 -Xmx512m'
export SONAR_WEB_JAVAOPTS="$small -XX:+UseSerialGC -Xms128m" SONAR_CE_JAVAOPTS="$small -XX:+UseSerialGC -Xms128m"
# Without mmap Elasticsearch does not need a higher vm.max_map_count of the machine.
export SONAR_SEARCH_JAVAOPTS="$small -Xms512m -XX:MaxDirectMemorySize=256m" SONAR_SEARCH_JAVAADDITIONALOPTS='-Dnode.store.allow_mmap=false'
# Elasticsearch does not run as root.
keep sonarqube setpriv --reuid 1000 --regid 1000 --clear-groups java -jar lib/sonar-application-*.jar
stay
