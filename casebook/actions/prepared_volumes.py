"""A source's archived frames as a volume that is ready to be registered."""

from casebook.actions.frame_sources import FrameSource
from casebook.actions.frame_values import frame_values
from casebook.dicom.codec_pool import CodecPool
from casebook.dicom.image_description import NotAnImage
from casebook.dicom.registration_process import RegistrationProcess
from casebook.dicom.registration_search import Prepared
from casebook.dicom.transcode import NotDecodable
from casebook.dicom.volumes import NotAVolume, volume_from_frames
from casebook.store.files import FileStore


def prepared_volume(
    source: FrameSource, archive: FileStore, codecs: CodecPool, process: RegistrationProcess
) -> Prepared | None:
    """Read and prepare it; None where its pixels cannot be read. One volume at a time is held at full size."""
    values = frame_values(source.frames, archive, codecs.decoded)
    try:
        volume = volume_from_frames(source.stack, values, is_hounsfield=source.placed.is_ct)
    except (NotAVolume, NotAnImage, NotDecodable):
        return None
    return process.prepared(volume)
