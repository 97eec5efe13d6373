"""Runs codecs in child processes: a codestream that aborts, hangs or swells costs one frame, never the service.

Codecs in C abort the whole process on some malformed codestreams, so no compressed frame is decoded in the
serving process.
"""

import contextlib
import multiprocessing
import resource
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore
from typing import Final

from casebook.dicom.image_description import PixelFormat
from casebook.dicom.transcode import NotDecodable, Samples, decoded, is_native

MIB: Final = 1024 * 1024
START_SECONDS: Final = 60.0
FRAMES_PER_CHILD: Final = 50_000
"""A child is replaced after this many frames, so that a codec's leak cannot grow without end."""


@dataclass(frozen=True, slots=True)
class CodecLimits:
    """What decoding one frame may cost."""

    memory_bytes: int = 2048 * MIB
    seconds: float = 20.0


@dataclass(slots=True)
class _Child:
    process: SpawnProcess
    pipe: Connection
    n_frames: int = 0

    def stop(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()


def _serve(pipe: Connection, memory_bytes: int) -> None:
    """Run in the child: decode what comes through the pipe until it closes."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        pipe.send(None)
        while True:
            stored, layout, transfer_syntax_uid = pipe.recv()
            try:
                pipe.send(decoded(stored, layout, transfer_syntax_uid))
            except NotDecodable as refused:
                pipe.send(refused.message)


class CodecPool:
    """At most `n_children` children, started when first needed; close it when the service ends."""

    def __init__(self, *, n_children: int = 2, limits: CodecLimits | None = None) -> None:
        self.limits = limits or CodecLimits()
        self._context = multiprocessing.get_context("spawn")
        self._idle: SimpleQueue[_Child] = SimpleQueue()
        self._places = BoundedSemaphore(n_children)

    def close(self) -> None:
        """End the idle children; those at work end with their frame's request."""
        with contextlib.suppress(Empty):
            while True:
                self._idle.get_nowait().stop()

    def decoded(self, stored: bytes, layout: PixelFormat, transfer_syntax_uid: str) -> tuple[Samples, PixelFormat]:
        """`transcode.decoded` at a distance; plain pixels need no codec and stay here. Raises NotDecodable."""
        if is_native(transfer_syntax_uid):
            return decoded(stored, layout, transfer_syntax_uid)
        with self._places:
            child = self._child()
            answer = self._asked(child, (stored, layout, transfer_syntax_uid))
            child.n_frames += 1
            self._idle.put(child)
        if isinstance(answer, str):
            raise NotDecodable(answer)
        return answer

    def _asked(self, child: _Child, task: tuple[bytes, PixelFormat, str]) -> tuple[Samples, PixelFormat] | str:
        try:
            child.pipe.send(task)
            if child.pipe.poll(self.limits.seconds):
                answer: tuple[Samples, PixelFormat] | str = child.pipe.recv()
                return answer
        except (EOFError, OSError) as died:
            child.stop()
            raise NotDecodable("The codec died on the stored frame; ask for it as stored, or scrub.") from died
        child.stop()
        raise NotDecodable(f"The codec took more than {self.limits.seconds:g} s for the frame; ask for it as stored.")

    def _child(self) -> _Child:
        with contextlib.suppress(Empty):
            child = self._idle.get_nowait()
            if child.n_frames < FRAMES_PER_CHILD and child.process.is_alive():
                return child
            child.stop()
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self.limits.memory_bytes), daemon=True)
        process.start()
        theirs.close()
        fresh = _Child(process, ours)
        if not ours.poll(START_SECONDS):
            fresh.stop()
            raise NotDecodable("The process that decodes frames did not start; try again.")
        ours.recv()
        return fresh
