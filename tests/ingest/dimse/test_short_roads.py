"""What the receiver writes by itself is what pynetdicom and pydicom would write."""

from io import BytesIO

from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage
from pynetdicom.dimse_messages import C_STORE_RSP
from pynetdicom.dimse_primitives import C_STORE

from casebook.dicom.deidentification.trial import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from services.ingest.dimse.received_file import PREAMBLE, head
from services.ingest.dimse.stored_response import stored_response

INSTANCES = ("1.2.3.4", "1.2.3.45")
"""Of even and of odd length."""


def a_response(sop_uid: str = INSTANCES[0], status: int = 0) -> C_STORE:
    response = C_STORE()
    response.MessageIDBeingRespondedTo = 7
    response.AffectedSOPClassUID = MRImageStorage
    response.AffectedSOPInstanceUID = sop_uid
    response.Status = status
    return response


def test_the_head_of_a_received_file_is_what_pydicom_writes():
    for sop_uid in INSTANCES:
        meta = FileMetaDataset()
        meta.FileMetaInformationVersion = b"\x00\x01"
        meta.MediaStorageSOPClassUID = MRImageStorage
        meta.MediaStorageSOPInstanceUID = UID(sop_uid)
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
        meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
        buffer = DicomBytesIO()
        buffer.write(PREAMBLE)
        write_file_meta_info(buffer, meta, enforce_standard=True)
        ours = head(sop_class_uid=MRImageStorage, sop_uid=sop_uid, transfer_syntax_uid=ExplicitVRLittleEndian)
        assert ours == buffer.getvalue()


def test_the_answer_to_a_stored_object_is_what_pynetdicom_writes():
    for sop_uid in INSTANCES:
        message = C_STORE_RSP()
        message.primitive_to_message(a_response(sop_uid))
        (part,) = message.encode_msg(1, 16384)
        ((_, whole),) = part.presentation_data_value_list
        assert b"\x03" + (stored_response(a_response(sop_uid)) or b"") == BytesIO(whole).getvalue()


def test_an_answer_that_says_why_not_is_left_to_pynetdicom():
    refused = a_response(status=0xA700)
    refused.ErrorComment = "nothing was stored: send again later"
    assert stored_response(refused) is None
    request = C_STORE()
    request.MessageID = 7
    assert stored_response(request) is None
