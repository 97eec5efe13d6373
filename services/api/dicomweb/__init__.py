"""DICOMweb (PS3.18): search, retrieve, store, for viewers and other DICOM software."""

from fastapi import APIRouter

from services.api.dicomweb import metadata, objects, qido, rendered, stow
from services.api.dicomweb.answers import PREFIX
from services.api.problems import RESPONSES


def dicomweb_router() -> APIRouter:
    """All DICOMweb routes under their prefix."""
    router = APIRouter(prefix=PREFIX, tags=["DICOMweb"], responses=RESPONSES)
    for part in (qido, metadata, rendered, objects, stow):
        router.include_router(part.router)
    return router
