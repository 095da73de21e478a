# The init of a region's stores: the databases and queues of the services. local/stores/stores.ts writes the settings below /state, where the
# engines keep their data.
. /platform-source/sandbox/keep.sh

# By number, so that the data keep their owner when Debian's packages give their users other ones.
sed -i '/^postgres:/d' /etc/passwd
declare -A ids=([postgres]=1001 [kafka]=1002 [dynamodb]=1003 [s3]=1004)
for user in "${!ids[@]}"; do
  echo "$user:x:${ids[$user]}:${ids[$user]}::/state/$user:/bin/bash" >>/etc/passwd
  mkdir -p "/state/$user"
  chown "${ids[$user]}:${ids[$user]}" "/state/$user"
  chmod 700 "/state/$user"
done
mkdir -p /state/replicate /run/postgres
chown 1003:1003 /state/replicate
chown 1001:1001 /run/postgres
# Process ids start anew here, so another program may have the one of a server that was killed. Nothing of a former sandbox runs any more.
rm -f /state/postgres/*/data/postmaster.pid
while read -r name user command; do
  # Split at its spaces on purpose.
  keep "$name" setpriv --reuid "${ids[$user]}" --regid "${ids[$user]}" --clear-groups env HOME="/state/$user" USER="$user" $command
done </state/programs
stay
