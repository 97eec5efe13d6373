"""Every dataset of a study, made of its material."""

from typing import Final

from casebook.domain.datasets.adam.adles import adles
from casebook.domain.datasets.adam.adsl import adsl
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
    code = study.definition.code
    return (
        adsl(study),
        adles(study, finder(tabulation, study.as_of)),
        ts(study.definition, study.as_of),
        *tabulation.datasets,
        relrec(code),
    )
