# The init of the entrance: what the public meets before a service. local/entrance/ writes everything below /state.
. /platform-source/sandbox/keep.sh

# as USER COMMAND...: each program has a user of its own, and reads nobody else's keys.
as() {
  local user=$1
  shift
  exec setpriv --reuid "$user" --regid "$user" --clear-groups env HOME=/tmp "$@"
}
owns() {
  local user=$1
  shift
  chown -R "$user:$user" "$@"
}
owns 2001 /state/sign-in
owns 2002 /state/gateway
owns 2003 /state/firewall /state/site /state/records
keep sign-in as 2001 /node/node /programs/sign-in.mjs /state/sign-in/settings.json
keep accelerator haproxy -db -f /state/accelerator/haproxy.cfg
keep keys as 2002 /node/node /programs/keys.mjs /state/gateway/settings.json
# Its settings are written by the follower of the keys, once it knows some.
until [ -e /state/gateway/haproxy.cfg ]; do sleep 0.2; done
keep gateway as 2002 haproxy -W -db -f /state/gateway/haproxy.cfg
keep firewall as 2003 /firewall/firewall /state/firewall/settings.json
stay
