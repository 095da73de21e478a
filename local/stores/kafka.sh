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
# The classes as the JVM had them when it last ended in peace, for this JVM and these archives: they are a third of its start.
classes=/state/kafka/classes-$(ls -lL --full-time "$(command -v java)" /kafka | sha256sum | cut -c1-12).jsa
archive=-XX:SharedArchiveFile
if [ ! -e "$classes" ]; then
  rm -f /state/kafka/classes-*.jsa
  archive=-XX:ArchiveClassesAtExit
fi
# With bounds for what is not heap it stays near 200 MB.
exec java -Xms128m -Xmx128m -XX:MaxMetaspaceSize=96m -XX:ReservedCodeCacheSize=48m -XX:MaxDirectMemorySize=64m $options \
  "$archive=$classes" -cp '/kafka/*' \
  kafka.Kafka /state/kafka/server.properties
