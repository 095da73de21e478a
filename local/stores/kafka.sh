# Kafka, with a log that is formatted once.
set -eu
cd /state/kafka
umask 077
options='-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile=/state/kafka/log4j2.properties'
if [ ! -e formatted ]; then
  rm -rf data
  # It prints what it makes of the password.
  java -Xmx64m $options -cp '/kafka/*' kafka.tools.StorageTool @format >/dev/null
  touch formatted
fi
# With bounds for what is not heap it stays near 200 MB.
exec java -Xms128m -Xmx128m -XX:MaxMetaspaceSize=96m -XX:ReservedCodeCacheSize=48m -XX:MaxDirectMemorySize=64m $options -cp '/kafka/*' \
  kafka.Kafka /state/kafka/server.properties
