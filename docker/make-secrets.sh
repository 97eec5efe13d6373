#!/bin/sh
# Makes the secrets of docker-compose.yml, once: those that are there already stay.
# The files are readable by the containers' accounts, the folder by its owner only. Keep a copy of CASEBOOK_STUDY_KEY.
set -eu
folder="${1:-$(dirname "$0")/secrets}"
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

random() { # hexadecimal digits of N random bytes
  head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'
}

keep() { # NAME VALUE: write the file unless it is there
  if [ ! -e "$1" ]; then
    printf %s "$2" > "$1.part"
    chmod 444 "$1.part"
    mv "$1.part" "$1"
  fi
}

keep postgres_password "$(random 24)"
keep casebook_owner_password "$(random 24)"
keep casebook_app_password "$(random 24)"
keep CASEBOOK_STUDY_KEY "$(random 32)"
keep CASEBOOK_S3_ACCESS_KEY_ID "$(random 10)"
keep CASEBOOK_S3_SECRET_ACCESS_KEY "$(random 32)"
keep CASEBOOK_OIDC_CLIENT_SECRET "" # the institution's sign-on service gives it out
keep CASEBOOK_SMTP_PASSWORD "" # of the account that reminders are mailed from
keep CASEBOOK_DATABASE_URL "postgresql://casebook_app:$(cat casebook_app_password)@postgres/casebook"
keep CASEBOOK_DATABASE_ADMIN_URL "postgresql://casebook_owner:$(cat casebook_owner_password)@postgres/casebook"
keep objects.json "{\"identities\": [{\"name\": \"casebook\", \"actions\": [\"Admin\", \"Read\", \"Write\", \"List\"],
  \"credentials\": [{\"accessKey\": \"$(cat CASEBOOK_S3_ACCESS_KEY_ID)\",
  \"secretKey\": \"$(cat CASEBOOK_S3_SECRET_ACCESS_KEY)\"}]}]}"
