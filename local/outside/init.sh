# The init of the outside, which belongs to no region: the forge in place of GitHub, the stand-in for Slack, and the ports, which
# forward loopback ports. local/outside/outside.ts writes /state.
. /platform-source/sandbox/keep.sh
. /state/environment # ADDRESS PORTS SLACK_PATH SLACK_PORT

mkdir -p /state/forge
chown -R 1000:1000 /state/forge
cd /state/forge
# Gitea does not run as root.
keep forge setpriv --reuid 1000 --regid 1000 --clear-groups env HOME=/state/forge USER=git GITEA_WORK_DIR=/state/forge \
  /forge/gitea web --config /state/forge/app.ini
export SLACK_STANDIN_PORT=$SLACK_PORT SLACK_STANDIN_HOST=$ADDRESS SLACK_STANDIN_PATH=$SLACK_PATH
keep slack /node/node /platform-source/outside/slack/server.ts
keep firewall-alarm /node/node --max-old-space-size=128 --max-semi-space-size=1 /firewall-alarm/firewall-alarm.mjs /state/firewall-alarm/settings.json
keep ports /node/node /platform-source/outside/ports.ts $PORTS
stay
