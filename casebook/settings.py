"""Settings, all from the environment (`CASEBOOK_*`); docs/settings.md lists them."""

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, HttpUrl, PositiveInt, SecretBytes, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from casebook.domain.errors import Invalid

MIN_KEY_BYTES = 32
MAIL_ADDRESS = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$"
ISSUER = r"^(https://|http://(127\.0\.0\.1|localhost)[:/])[^\s?#]*$"
"""OpenID Connect Discovery 1.0, 2: an https address without query and fragment; plain http on one machine only."""


class MailSecurity(StrEnum):
    """How the line to the mail server is secured."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class Settings(BaseSettings):
    """What an installation decides; a secret has no default."""

    model_config = SettingsConfigDict(env_prefix="CASEBOOK_", extra="ignore", frozen=True)

    data_dir: Annotated[Path, Field(description="Folder of the archive, the quarantine and the embedded database.")] = (
        Path("var")
    )
    database_url: Annotated[
        SecretStr | None,
        Field(
            description="PostgreSQL 18 server for the application's role, as postgresql://user:password@host/name; "
            "not set: an embedded server in the data folder."
        ),
    ] = None
    database_admin_url: Annotated[
        SecretStr | None,
        Field(description="The owner of the schema on the same database, for `casebook migrate`."),
    ] = None
    study_key: Annotated[
        SecretBytes | None,
        Field(
            description="At least 32 bytes, the key behind UIDs and date shifts. Losing it breaks the link of later "
            "deliveries to earlier ones; not set: read from the file `study.key` in the data folder."
        ),
    ] = None
    files_url: Annotated[
        str | None,
        Field(
            description="Object store for the archive, as s3://bucket/prefix; "
            "not set: the folder `archive` in the data folder."
        ),
    ] = None
    s3_endpoint: Annotated[str | None, Field(description="Address of an S3-compatible service other than AWS.")] = None
    s3_access_key_id: Annotated[SecretStr | None, Field(description="Access key of the object store.")] = None
    s3_secret_access_key: Annotated[SecretStr | None, Field(description="Secret key of the object store.")] = None
    s3_region: Annotated[str, Field(description="Region of the object store.")] = "us-east-1"
    host: Annotated[str, Field(description="Address the HTTP service listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port the HTTP service listens on.")] = 8042
    dicom_host: Annotated[str, Field(description="Address on which `casebook receive` listens.")] = "127.0.0.1"
    dicom_port: Annotated[
        int, Field(ge=0, le=65535, description="Port on which `casebook receive` takes DICOM associations.")
    ] = 11112
    dicom_associations: Annotated[
        PositiveInt, Field(le=200, description="Associations that one process of `casebook receive` has at a time.")
    ] = 32
    dicom_silent_seconds: Annotated[
        PositiveInt,
        Field(
            ge=10, le=3600, description="An association that says nothing for so long is aborted by `casebook receive`."
        ),
    ] = 120
    public_url: Annotated[
        HttpUrl | None,
        Field(
            description="Address under which people and DICOMweb clients reach the service; "
            "not set: taken from each request."
        ),
    ] = None
    secure_cookies: Annotated[
        bool,
        Field(description="Session cookies for HTTPS only; off only where the service is reached by plain HTTP."),
    ] = True
    idle_minutes: Annotated[
        PositiveInt, Field(ge=15, le=30, description="A session ends after this long without a request, 15 to 30.")
    ] = 20
    session_hours: Annotated[
        PositiveInt, Field(le=12, description="A session ends after this long in any case, at most 12.")
    ] = 10
    oidc_issuer: Annotated[
        str | None,
        Field(
            pattern=ISSUER,
            description="Issuer of the institution's OpenID Connect service, as its tokens write it; "
            "not set: people sign in with their password only.",
        ),
    ] = None
    oidc_client_id: Annotated[str | None, Field(description="Client identifier that the service gave out.")] = None
    oidc_client_secret: Annotated[SecretStr | None, Field(description="Secret of that client.")] = None
    oidc_name: Annotated[
        str, Field(max_length=60, description="What the sign-in page calls the service on its button.")
    ] = "OpenID Connect"
    smtp_host: Annotated[
        str | None, Field(description="Mail server for reminders to sites; not set: none are sent.")
    ] = None
    smtp_port: Annotated[int, Field(ge=1, le=65535, description="Port of the mail server.")] = 25
    smtp_tls: Annotated[
        MailSecurity,
        Field(description="How the line to the mail server is secured: `none`, `starttls`, or `tls` from the start."),
    ] = MailSecurity.NONE
    smtp_user: Annotated[str | None, Field(description="Account at the mail server, where it asks for one.")] = None
    smtp_password: Annotated[SecretStr | None, Field(description="Password of that account.")] = None
    mail_from: Annotated[
        str | None,
        Field(pattern=MAIL_ADDRESS, description="Address that reminders come from; needed beside the mail server."),
    ] = None
    workers: Annotated[PositiveInt, Field(description="Child processes that read received files.")] = 2
    parse_memory_mb: Annotated[
        PositiveInt, Field(description="Memory one child may take for one received file, MiB.")
    ] = 2048
    parse_seconds: Annotated[PositiveInt, Field(description="Time one child may take for one received file.")] = 30
    max_upload_mb: Annotated[
        PositiveInt,
        Field(description="Largest body of one upload request (STOW-RS), and all files of one browser upload, MiB."),
    ] = 4096
    upload_days: Annotated[
        PositiveInt,
        Field(description="An unfinished browser upload that nobody goes on with for so many days is removed."),
    ] = 7

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.oidc_issuer is not None and not (self.oidc_client_id and self.oidc_client_secret):
            message = "CASEBOOK_OIDC_ISSUER needs CASEBOOK_OIDC_CLIENT_ID and CASEBOOK_OIDC_CLIENT_SECRET beside it"
            raise ValueError(message)
        if self.smtp_host is not None and self.mail_from is None:
            message = "CASEBOOK_SMTP_HOST needs CASEBOOK_MAIL_FROM beside it"
            raise ValueError(message)
        return self

    @property
    def archive_dir(self) -> Path:
        """Where archived objects lie when they are kept in a folder."""
        return self.data_dir / "archive"

    @property
    def quarantine_dir(self) -> Path:
        """Where refused and held files lie, as they were received."""
        return self.data_dir / "quarantine"

    @property
    def uploads_dir(self) -> Path:
        """Where browser uploads lie until all of them is here and taken in."""
        return self.data_dir / "uploads"

    @property
    def database_dir(self) -> Path:
        """The embedded database's own folder."""
        return self.data_dir / "postgres"

    @property
    def key_file(self) -> Path:
        """Where the study key lies when the environment does not bring it."""
        return self.data_dir / "study.key"

    @cached_property
    def key(self) -> bytes:
        """The study key. Raises Invalid when it is missing or shorter than 32 bytes."""
        key = self.study_key.get_secret_value() if self.study_key else self._key_from_file()
        if len(key) < MIN_KEY_BYTES:
            raise Invalid(
                f"The study key has {len(key)} bytes, at least {MIN_KEY_BYTES} are needed; "
                "`casebook init` makes a good one.",
                field="CASEBOOK_STUDY_KEY",
            )
        return key

    def _key_from_file(self) -> bytes:
        try:
            return self.key_file.read_bytes().strip()
        except FileNotFoundError:
            raise Invalid(
                "There is no study key: set CASEBOOK_STUDY_KEY, or run `casebook init` once to make study.key.",
                field="CASEBOOK_STUDY_KEY",
            ) from None
