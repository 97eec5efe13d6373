"""The queue's worker: what is worked out after images have arrived."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from procrastinate import App, RetryStrategy

from casebook.actions.cuts import MAKE
from casebook.actions.describe import describe_timepoint
from casebook.actions.entry_context import EARLIEST_ZONE
from casebook.actions.intake import describe_later
from casebook.actions.link_frames import link_frames
from casebook.actions.link_series import link_series
from casebook.actions.mail import smtp
from casebook.actions.reconcile import TASK, reconcile_one
from casebook.actions.reminders import send_digests
from casebook.actions.uploads import TAKE
from casebook.installation import Installation
from casebook.store import images, queue
from casebook.store.files import sweep_staging
from services.ingest.cuts import make_waiting, sweep_orders
from services.ingest.uploads import sweep_uploads, take_upload

MACHINE: Final = "casebook-worker"
"""The actor of the audit trail for work that no person asked for."""
RETRY: Final = RetryStrategy(max_attempts=5, exponential_wait=5)
STOP_SECONDS: Final = 20


def application(installation: Installation) -> App:
    """Return the queue's application with every task the service knows."""
    app = queue.application(installation.database.url)

    @app.task(name="describe-timepoint", retry=RETRY)
    def describe(timepoint_id: str) -> None:
        with installation.database.transaction(actor=MACHINE, reason="images arrived or changed") as session:
            describe_timepoint(
                session, timepoint_id=UUID(timepoint_id), archive=installation.archive, now=datetime.now(UTC)
            )

    @app.task(name=TASK, retry=RETRY)
    def reconcile(subject_id: str) -> None:
        with installation.database.transaction(actor=MACHINE, reason="forms or images changed") as session:
            reconcile_one(session, UUID(subject_id), key=installation.settings.key, now=datetime.now(UTC))

    @app.task(name="link-frames", retry=RETRY)
    def link(subject_id: str) -> None:
        link_frames(installation.database, installation.archive, actor=MACHINE, subject_id=UUID(subject_id))
        link_series(installation.database, installation.archive, actor=MACHINE, subject_id=UUID(subject_id))

    @app.task(name=TAKE, retry=RETRY)
    def take(upload_id: str) -> None:
        take_upload(installation, UUID(upload_id), machine=MACHINE)

    @app.task(name=MAKE)
    def cut(order_id: str) -> None:
        make_waiting(installation, UUID(order_id), machine=MACHINE)

    @app.periodic(cron="0 22 * * *")
    @app.task(name="remind", queueing_lock="remind", retry=RETRY)
    def remind(timestamp: int) -> None:
        send_reminders(installation, now=datetime.fromtimestamp(timestamp, UTC))

    @app.periodic(cron="*/5 * * * *")
    @app.task(name="sweep", queueing_lock="sweep")
    def sweep(timestamp: int) -> None:
        sweep_undescribed(installation)
        sweep_uploads(installation, machine=MACHINE)
        sweep_orders(installation, machine=MACHINE)
        for store in (installation.archive, installation.quarantine):
            sweep_staging(store.staging_dir(), now_s=timestamp)

    return app


def send_reminders(installation: Installation, *, now: datetime) -> int:
    """Send what is due at the sites where a mail server is set up; returns how many mails are new.

    The job runs at 22:00 UTC, before the day begins in Japan and after it ends in Europe, and tells of the day that
    begins. Raises Unavailable where the server does not answer.
    """
    settings = installation.settings
    if settings.smtp_host is None:
        return 0
    with smtp(settings) as sender:
        found = send_digests(
            installation.database,
            sender,
            actor=MACHINE,
            as_of=(now + EARLIEST_ZONE).date(),
            now=now,
            public_url=str(settings.public_url) if settings.public_url else None,
        )
    return sum(one.is_new for one in found)


def sweep_undescribed(installation: Installation) -> int:
    """Enqueue the description of timepoints that an interrupted delivery left behind; returns how many."""
    with installation.database.transaction(actor=MACHINE, reason="left behind by an interruption") as session:
        waiting = images.undescribed_timepoints(session)
        for timepoint_id in waiting:
            describe_later(session, timepoint_id)
    return len(waiting)


def run_until_idle(installation: Installation, *, queues: Sequence[str] = queue.QUEUES) -> None:
    """Work until nothing waits any more, in any queue or in those named."""
    asyncio.run(_run(installation, wait=False, queues=queues))


def run(installation: Installation) -> None:
    """Work until the process is asked to stop."""
    sweep_undescribed(installation)
    sweep_uploads(installation, machine=MACHINE)
    sweep_orders(installation, machine=MACHINE)
    asyncio.run(_run(installation, wait=True, install_signal_handlers=True))


async def _run(
    installation: Installation,
    *,
    wait: bool,
    install_signal_handlers: bool = False,
    queues: Sequence[str] = queue.QUEUES,
) -> None:
    """Work in two lanes: what somebody looks on for does not wait for what takes minutes."""
    app = application(installation)
    lanes = [one for one in ([name for name in queues if name != queue.WATCHED], [queue.WATCHED]) if one]
    async with app.open_async():
        first, *others = (
            asyncio.create_task(
                app.run_worker_async(
                    queues=lane,
                    wait=wait,
                    listen_notify=wait,
                    install_signal_handlers=install_signal_handlers and number == 0,
                    concurrency=1,
                )
            )
            for number, lane in enumerate(lanes)
            if set(lane) <= set(queues)
        )
        try:
            await first
        finally:
            await _ended(others, at_once=wait)


async def _ended(lanes: Sequence[asyncio.Task[None]], *, at_once: bool) -> None:
    """Wait for lanes to end: told to, or when nothing waits in them any more."""
    for lane in lanes:
        if at_once:
            lane.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await lane


@contextlib.contextmanager
def beside(installation: Installation) -> Iterator[None]:
    """Work in a thread of this process for as long as the block runs."""
    loop = asyncio.new_event_loop()
    task: list[asyncio.Task[None]] = []

    def work() -> None:
        asyncio.set_event_loop(loop)
        task.append(loop.create_task(_run(installation, wait=True)))
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task[0])
        loop.close()

    sweep_undescribed(installation)
    sweep_uploads(installation, machine=MACHINE)
    sweep_orders(installation, machine=MACHINE)
    thread = threading.Thread(target=work, name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task[0].cancel)
        thread.join(STOP_SECONDS)
