-- Run once, when the database folder is made: the schema's owner and the application's role, neither a superuser.
\set owner_password `cat "${SECRETS_DIR:-/run/secrets}/casebook_owner_password"`
\set app_password `cat "${SECRETS_DIR:-/run/secrets}/casebook_app_password"`
create role casebook_owner login password :'owner_password';
create role casebook_app login password :'app_password';
alter database casebook owner to casebook_owner;
revoke connect, temporary on database casebook from public;
grant connect on database casebook to casebook_app;
