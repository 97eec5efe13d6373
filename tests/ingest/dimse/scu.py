"""A sender: pynetdicom's SCU, and the files it sends."""

from collections.abc import Sequence
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE, build_context
from pynetdicom.association import Association

from services.command.demo import ROOT

SMALL = ROOT / "sample_dicom" / "small"
VERIFICATION = "1.2.840.10008.1.1"
COMMITMENT = "1.2.840.10008.1.20.1"
COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"


def images(site: str = "JP-03", timepoint: str = "baseline", n: int | None = None) -> list[Path]:
    """The files of the sample patient of a site, the smallest series first."""
    folder = SMALL / site / f"{site}-0001" / timepoint
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".csv")[:n]


def associate(
    port: int, *, calling: str = "PACS_JP-03", called: str = "CASEBOOK", files: Sequence[Path] = ()
) -> Association:
    """Ask for an association that may verify, store these files, and ask for commitment."""
    ae = AE(ae_title=calling)
    heads = [dcmread(path, stop_before_pixels=True) for path in files]
    pairs = sorted({(one.SOPClassUID, one.file_meta.TransferSyntaxUID) for one in heads})
    contexts = [build_context(VERIFICATION), build_context(COMMITMENT), *(build_context(*pair) for pair in pairs)]
    ae.dimse_timeout = ae.acse_timeout = ae.network_timeout = 30
    return ae.associate("127.0.0.1", port, contexts=contexts, ae_title=called)


def send(port: int, files: Sequence[Path], **titles: str) -> list[Dataset]:
    """Send files on one association; return the status of each."""
    association = associate(port, files=files, **titles)
    assert association.is_established
    answers = [association.send_c_store(dcmread(path)) for path in files]
    association.release()
    return answers


def statuses(answers: Sequence[Dataset]) -> set[int]:
    return {answer.Status for answer in answers}
