"""DICOMweb (PS3.18): search, retrieve, store, for viewers and other DICOM software."""

from fastapi import APIRouter

from services.api.dicomweb import description, metadata, objects, qido, rendered, stow
from services.api.dicomweb.answers import PREFIX


def dicomweb_router() -> APIRouter:
    """All DICOMweb routes under their prefix."""
    router = APIRouter(prefix=PREFIX, tags=["DICOMweb"], responses=description.COMMON)
    for part, answers in (
        (qido, description.SEARCH),
        (metadata, description.METADATA),
        (rendered, description.PICTURE),
        (objects, description.OBJECTS),
        (stow, description.STORED),
    ):
        router.include_router(part.router, responses=answers)
    return router
