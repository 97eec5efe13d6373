"""`casebook receive`: takes images by DICOM."""

import signal
import threading
from typing import Annotated

import typer

from casebook.domain.errors import Unavailable
from casebook.installation import opened
from casebook.long_running import settle
from casebook.settings import Settings
from services.command.output import errors
from services.ingest.dimse.processes import listen, receive

MOST_PROCESSES = 16


def receive_command(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; without it, CASEBOOK_DICOM_PORT.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on: 0.0.0.0 is every one of this machine.")
    ] = "127.0.0.1",
    processes: Annotated[
        int,
        typer.Option(min=1, max=MOST_PROCESSES, help="Processes that share the port; one serves several senders well."),
    ] = 1,
) -> None:
    """Receive images by DICOM: C-STORE, C-ECHO and storage commitment.

    A site's machine may send when a data manager has registered its pair of AE titles on the site's page. Its objects
    go to the delivery that somebody of the site announced under [bold]Uploads[/], or to the trial subject and
    timepoint that their headers name (0012,0040 and 0012,0050). Success is answered only when an object is durable.

    Ends with SIGTERM or Ctrl-C, when the associations that are open have ended (after 30 seconds they are aborted).
    """
    settings = Settings()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with opened(settings) as installation:
        if not settings.key:
            raise Unavailable("The study key is empty.")
        try:
            listening = listen(host or settings.dicom_host, settings.dicom_port if port is None else port)
        except OSError as error:
            raise Unavailable(
                f"The receiver cannot listen there ({error.strerror}); choose another --host or --port."
            ) from error
        said_host, said_port = listening.getsockname()[:2]
        errors.print(f"Receiving DICOM on {said_host}:{said_port}", highlight=False)
        settle()
        receive(installation, listening, n_processes=processes, stopped=stopped)
