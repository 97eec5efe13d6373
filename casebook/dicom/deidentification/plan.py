"""What the study decides about one submission before any of its files is cleaned."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DeidentificationPlan:
    """Key, names and options; everything identifying that the archived object will carry comes from here.

    `key` is the study's secret; `subject_label` becomes PatientID and PatientName; `reading_code` is what
    blinded readers see. Texts may hold any script: the archived object is UTF-8. Empty texts are not written
    where the standard lets the element be absent.
    """

    key: bytes = field(repr=False)
    study_code: str
    sponsor: str
    protocol_id: str
    subject_label: str
    site_code: str
    reading_code: str
    timepoint_code: str
    timepoint_label: str = ""
    site_name: str = ""
    ethics_number: str = ""
    ethics_committee: str = ""
    coordinating_center: str = ""
    retain_device: bool = False

    def texts(self) -> frozenset[str]:
        """What the plan itself writes: not a leak when a site already sent it as the identity."""
        return frozenset(
            text.casefold()
            for text in (
                self.study_code,
                self.sponsor,
                self.protocol_id,
                self.subject_label,
                self.site_code,
                self.reading_code,
                self.timepoint_code,
                self.timepoint_label,
                self.site_name,
                self.ethics_number,
                self.ethics_committee,
                self.coordinating_center,
            )
            if text
        )
