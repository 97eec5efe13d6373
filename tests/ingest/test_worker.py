"""The worker has two lanes."""

import threading

from casebook.store import queue
from services.ingest import worker

PATIENCE_S = 20


def test_what_somebody_looks_on_for_does_not_wait_for_what_takes_minutes(installation, monkeypatch):
    quick_is_done, found = threading.Event(), []

    def application(opened):
        app = queue.application(opened.database.url)

        @app.task(name="slow")
        def slow() -> None:
            found.append(quick_is_done.wait(PATIENCE_S))

        @app.task(name="quick")
        def quick() -> None:
            quick_is_done.set()

        return app

    monkeypatch.setattr(worker, "application", application)
    with installation.database.transaction(actor="tester") as session:
        queue.defer(session, "slow", queue=queue.UNHURRIED)
        queue.defer(session, "quick", queue=queue.WATCHED)
    worker.run_until_idle(installation)
    assert found == [True]
