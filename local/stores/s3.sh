# s3.sh ADDRESS:PORT REGION: versitygw, whose buckets are folders.
set -eu
set -a
. /state/s3/environment # ROOT_ACCESS_KEY ROOT_SECRET_KEY
set +a
cd /state/s3
umask 077
export GOMEMLIMIT=64MiB
mkdir -p iam buckets versions
exec /stores-engine/versitygw --port "$1" --region "$2" --iam-dir /state/s3/iam --health /health --quiet posix --versioning-dir /state/s3/versions \
  /state/s3/buckets
