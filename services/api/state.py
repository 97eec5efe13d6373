"""What the running service holds: settings, database, archive, the workshop of child processes."""

from dataclasses import dataclass
from datetime import UTC, datetime

from casebook.dicom.workshop import Workshop
from casebook.settings import Settings
from casebook.store.database import Database
from casebook.store.files import FileStore


@dataclass(frozen=True, slots=True)
class Service:
    """Made once when the application starts; `app.state.service`."""

    settings: Settings
    database: Database
    archive: FileStore
    quarantine: FileStore
    workshop: Workshop

    def now(self) -> datetime:
        """Return the present instant, UTC."""
        return datetime.now(UTC)
