"""Child processes that read untrusted files: one file at a time, under a memory and a time limit.

A child that dies, hangs or runs out of memory costs the file it was reading, never the service.
"""

import contextlib
import gc
import multiprocessing
import resource
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Final, Self

from casebook.dicom.deidentification import DeidentificationPlan, Memory
from casebook.dicom.examination import BROKEN, TOO_COSTLY, Examined, Look, examine
from casebook.dicom.parsing import DEFAULT_LIMITS, ParseLimits
from casebook.dicom.preparation import Fate, Prepared, SetAside, Task, digest_of, prepare
from casebook.dicom.release import NOTHING_LIFTED, Release

MIB: Final = 1024 * 1024
START_SECONDS: Final = 60
AHEAD_PER_CHILD: Final = 16
"""Files waiting per child: enough to keep it busy, few enough to keep memory flat."""
FILES_PER_CHILD: Final = 5_000
"""A child is replaced after this many files, so that a codec's leak cannot grow without end."""


@dataclass(frozen=True, slots=True)
class WorkshopLimits:
    """What one file may cost."""

    memory_bytes: int = 2048 * MIB
    seconds: float = 30
    parse: ParseLimits = DEFAULT_LIMITS


@dataclass(slots=True)
class _Child:
    process: SpawnProcess
    pipe: Connection
    n_files: int = 0

    def stop(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()


def _serve(pipe: Connection, memory_bytes: int) -> None:
    """Run in the child: prepare or look into what comes through the pipe until it closes."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        memory = Memory()
        gc.freeze()  # the dictionaries stay for good: no search for garbage walks over them
        pipe.send(None)
        while True:
            job = pipe.recv()
            pipe.send(_guarded(job, memory) if isinstance(job, Task) else _examined(job))


def _examined(look: Look) -> Examined:
    try:
        return examine(look)
    except MemoryError:
        return Examined(no_picture=TOO_COSTLY, refusal=TOO_COSTLY.en)
    except Exception as error:  # noqa: BLE001 - the edge of the child process: whatever a hostile file provokes
        said = f"The file could not be looked into to its end ({type(error).__name__})."
        return Examined(no_picture=BROKEN, refusal=said)


def _guarded(task: Task, memory: Memory) -> Prepared | SetAside:
    try:
        return prepare(task, memory)
    except MemoryError:
        return _set_aside(task, "too-much-memory", "Reading the file takes more memory than one file may; it is held.")
    except RecursionError:
        return _set_aside(task, "nested-too-deep", "Sequences are nested deeper than any image needs.")
    except Exception as error:  # noqa: BLE001 - the edge of the child process: whatever a hostile file provokes
        return _set_aside(
            task, "unreadable", f"The file could not be read to its end ({type(error).__name__}); export it again."
        )


def _set_aside(task: Task, code: str, message: str) -> SetAside:
    sha256, n_bytes = digest_of(task.source)
    return SetAside(task.source, sha256, n_bytes, Fate.REFUSED, code, message)


class Workshop:
    """A fixed number of children, started when first needed; use as a context manager or `close()`."""

    def __init__(self, *, n_children: int = 2, limits: WorkshopLimits = WorkshopLimits()) -> None:
        self.limits = limits
        self.n_children = n_children
        self._context = multiprocessing.get_context("spawn")
        self._idle: SimpleQueue[_Child | None] = SimpleQueue()
        for _ in range(n_children):
            self._idle.put(None)
        self._threads = ThreadPoolExecutor(n_children, "workshop")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the children; files under way are finished first. Safe to repeat."""
        self._threads.shutdown(wait=True)
        while not self._idle.empty():
            child = self._idle.get()
            if child is not None:
                child.stop()

    def warm(self) -> None:
        """Begin to start the children, so that the first files need not wait for them; returns at once."""
        for _ in range(self.n_children):
            self._threads.submit(self._warmed)

    def _warmed(self) -> None:
        child = self._idle.get()
        with contextlib.suppress(OSError):  # the first file tries again, and says so
            child = self._ready(child)
        self._idle.put(child)

    def prepare(
        self,
        sources: Iterable[Path],
        *,
        staging_dir: Path,
        plan: DeidentificationPlan,
        release: Release = NOTHING_LIFTED,
    ) -> Iterator[Prepared | SetAside]:
        """Prepare the files, several at once and never far ahead; results come in the order of the files."""
        tasks = (Task(source, staging_dir, plan, self.limits.parse, release) for source in sources)
        waiting: deque[Future[Prepared | SetAside]] = deque()
        for task in tasks:
            waiting.append(self._threads.submit(self._run, task))
            if len(waiting) > AHEAD_PER_CHILD * self.n_children:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def prepare_one(self, source: Path, *, staging_dir: Path, plan: DeidentificationPlan) -> Prepared | SetAside:
        """Prepare one file in the caller's own thread."""
        return self._run(Task(source, staging_dir, plan, self.limits.parse))

    def examine(self, source: Path, *, frame: int = 1) -> Examined:
        """Look into one file for a person, under the same limits."""
        look = Look(source, self.limits.parse, frame)
        try:
            answer = self._threads.submit(self._asked, look).result()
        except (TimeoutError, EOFError, OSError):
            return Examined(no_picture=TOO_COSTLY, refusal=TOO_COSTLY.en)
        assert isinstance(answer, Examined)
        return answer

    def _run(self, task: Task) -> Prepared | SetAside:
        try:
            answer = self._asked(task)
        except TimeoutError:
            return _set_aside(
                task, "took-too-long", f"Reading the file took more than {self.limits.seconds:g} s; it is held."
            )
        except (EOFError, OSError):
            return _set_aside(task, "reader-died", "The process reading the file died; the file is held.")
        assert not isinstance(answer, Examined)
        return answer

    def _asked(self, job: Task | Look) -> Prepared | SetAside | Examined:
        """Have a child do the job. Raises TimeoutError, EOFError or OSError when the child is lost over it."""
        child: _Child | None = self._idle.get()
        try:
            child = self._ready(child)
            child.pipe.send(job)
            if not child.pipe.poll(self.limits.seconds):
                raise TimeoutError
            answer: Prepared | SetAside | Examined = child.pipe.recv()
            child.n_files += 1
        except (EOFError, OSError):
            if child is not None:
                child.stop()
                child = None
            raise
        else:
            return answer
        finally:
            self._idle.put(child)

    def _ready(self, child: _Child | None) -> _Child:
        if child is not None and child.n_files < FILES_PER_CHILD:
            return child
        if child is not None:
            child.stop()
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self.limits.memory_bytes), daemon=True)
        process.start()
        theirs.close()
        fresh = _Child(process, ours)
        if not ours.poll(START_SECONDS):
            fresh.stop()
            raise OSError("the child process did not start")
        ours.recv()
        return fresh


def limits_of(*, memory_mb: int, seconds: int) -> WorkshopLimits:
    """Build limits from the settings' units (MiB, s)."""
    return replace(WorkshopLimits(), memory_bytes=memory_mb * MIB, seconds=float(seconds))
