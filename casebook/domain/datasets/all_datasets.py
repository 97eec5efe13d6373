"""Every dataset of a study, made of its material."""

from typing import Final

from casebook.domain.datasets.adam.adles import adles
from casebook.domain.datasets.adam.adltte import adltte
from casebook.domain.datasets.adam.adqc import adqc
from casebook.domain.datasets.adam.adqry import adqry
from casebook.domain.datasets.adam.adread import adread
from casebook.domain.datasets.adam.adsl import adsl
from casebook.domain.datasets.adam.adtrace import adtrace
from casebook.domain.datasets.material import StudyMaterial
from casebook.domain.datasets.model import Dataset
from casebook.domain.datasets.sdtm.dm import DM
from casebook.domain.datasets.sdtm.ds import DS
from casebook.domain.datasets.sdtm.fa import FA
from casebook.domain.datasets.sdtm.ie import IE
from casebook.domain.datasets.sdtm.mi import MI
from casebook.domain.datasets.sdtm.observation import tabulate
from casebook.domain.datasets.sdtm.pr import PR
from casebook.domain.datasets.sdtm.relrec import relrec
from casebook.domain.datasets.sdtm.tr import TR
from casebook.domain.datasets.sdtm.ts import ts
from casebook.domain.datasets.sdtm.tu import TU
from casebook.domain.datasets.sources import finder

DOMAINS: Final = (DM, DS, IE, PR, FA, TU, TR, MI)


def datasets_of(study: StudyMaterial) -> tuple[Dataset, ...]:
    """Return the analysis datasets of a study, then what they follow from: its domains by SDTM."""
    tabulation = tabulate(study, DOMAINS)
    source_of = finder(tabulation, study.as_of)
    return (
        adsl(study),
        adles(study, source_of),
        adltte(study, source_of),
        adread(study),
        adqc(study),
        adqry(study),
        adtrace(study),
        ts(study.definition, study.as_of),
        *tabulation.datasets,
        relrec(study.definition.code),
    )
