#!/bin/sh
# Hands the secrets of /run/secrets to the command as the settings they are named after.
set -eu
for file in "${SECRETS_DIR:-/run/secrets}"/CASEBOOK_*; do
  if [ -f "$file" ]; then
    export "$(basename "$file")=$(cat "$file")"
  fi
done
exec "$@"
