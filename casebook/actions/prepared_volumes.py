"""A source's archived frames as a volume that is ready to be registered."""

from pathlib import Path

from casebook.actions.frame_sources import FrameSource
from casebook.actions.frame_values import frame_values
from casebook.dicom.codec_pool import CodecPool
from casebook.dicom.image_description import NotAnImage
from casebook.dicom.registration_process import RegistrationProcess
from casebook.dicom.transcode import NotDecodable
from casebook.dicom.volumes import NotAVolume, box_from_frames
from casebook.store.files import FileStore


def prepared_volume(
    source: FrameSource, archive: FileStore, codecs: CodecPool, process: RegistrationProcess
) -> Path | None:
    """Read it and have it prepared; one at a time is held at full size. None where its pixels cannot be read."""
    values = frame_values(source.frames, archive, codecs.decoded)
    try:
        box = box_from_frames(source.stack, values, is_hounsfield=source.placed.is_ct)
    except (NotAVolume, NotAnImage, NotDecodable):
        return None
    return process.prepared(box)
