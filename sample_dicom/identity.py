"""Invented people, as hospitals would write them into their images. All of it must be gone after ingest."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a hospital knows of a patient and writes into the headers. Nobody of this name is meant."""

    name: str
    """PN, up to three component groups (PS3.5 6.2.1.1)."""

    charset: tuple[str, ...]
    """SpecificCharacterSet."""

    patient_id: str
    other_id: str
    born_on: str
    sex: str
    size_m: str
    weight_kg: str
    address: str
    phone: str
    institution: str
    institution_address: str
    department: str
    referring: str
    reading: str
    operator: str
    comment: str
    """Free text that gives the patient away."""

    history: str
    ae_title: str

    def strings(self) -> list[str]:
        """Every identifying string that is planted, names also in their single groups and components."""
        people = (self.name, self.referring, self.reading, self.operator)
        parts = [
            part
            for person in people
            for group in person.split("=")
            for part in (group, *group.split("^"))
            if len(part) > 1
        ]
        single = [
            self.patient_id,
            self.other_id,
            self.born_on,
            self.address,
            self.phone,
            self.institution,
            self.institution_address,
            self.comment,
            self.history,
            self.ae_title,
        ]
        return list(dict.fromkeys([*people, *parts, *single]))


JAPANESE: Final = ("", "ISO 2022 IR 87")
LATIN_1: Final = ("ISO_IR 100",)
UNICODE: Final = ("ISO_IR 192",)

YAMAMOTO: Final = Person(
    name="Yamamoto^Kazuo=山本^和夫=やまもと^かずお",
    charset=JAPANESE,
    patient_id="00412877",
    other_id="YPCH-5530192",
    born_on="19520917",
    sex="M",
    size_m="1.66",
    weight_kg="61.5",
    address="山形県山形市架空町6-66-2",
    phone="023-555-0142",
    institution="山形県立中央病院",
    institution_address="山形県山形市大字青柳1800",
    department="放射線診断部",
    referring="Takahashi^Yuki=高橋^勇気=たかはし^ゆうき",
    reading="Kobayashi^Mai=小林^舞=こばやし^まい",
    operator="Ito^Shota=伊藤^翔太=いとう^しょうた",
    comment="山本和夫様 ID00412877 主治医 高橋",
    history="Yamamoto Kazuo, b. 17 Sep 1952, sigmoid ca. 2016, s/p FOLFOX",
    ae_title="YPCH_MR3",
)

VERSTRAETE: Final = Person(
    name="Verstraete^Liesbeth^Marie^Mevr.",
    charset=LATIN_1,
    patient_id="EAD-8812063",
    other_id="61032415822",
    born_on="19610324",
    sex="F",
    size_m="1.71",
    weight_kg="68",
    address="Naamsestraat 999, 3000 Leuven",
    phone="+32 16 555 017",
    institution="UZ Leuven Gasthuisberg",
    institution_address="Herestraat 49, 3000 Leuven, België",
    department="Radiologie",
    referring="Van den Bossche^Géraldine^^Prof.",
    reading="Peeters^Joëlle^^Dr.",
    operator="De Smedt^Wout",
    comment="Mevr. Verstraete L., geb. 24/03/1961, tel. +32 16 555 017",
    history="Liesbeth Verstraete: rectumca 2016, levermetastasen, FOLFIRI",
    ae_title="UZL_INGENIA2",
)

LEMAITRE: Final = Person(
    name="Lemaître^Benoît",
    charset=LATIN_1,
    patient_id="201604417",
    other_id="1570675112089",
    born_on="19570611",
    sex="M",
    size_m="1.78",
    weight_kg="84",
    address="17 rue de l'Exemple, 94800 Villejuif",
    phone="01 99 00 46 21",
    institution="Gustave Roussy",
    institution_address="114 rue Édouard-Vaillant, 94805 Villejuif",
    department="Imagerie médicale",
    referring="Delacroix^Hélène^^Dr",
    reading="Besançon^Étienne^^Dr",
    operator="Morvan^Aurélie",
    comment="M. LEMAITRE Benoit IPP 201604417 - Dr Delacroix",
    history="Benoît Lemaître, adénocarcinome colique droit, métastases hépatiques",
    ae_title="IGR_MR450W",
)

GRUBER: Final = Person(
    name="Grüber-Österreicher^Annemarie^^Mag.",
    charset=LATIN_1,
    patient_id="W-7730915",
    other_id="4471180649",
    born_on="19490618",
    sex="F",
    size_m="1.63",
    weight_kg="58.4",
    address="Beispielgasse 12/7, 1090 Wien",
    phone="+43 1 555 30 92",
    institution="Medizinische Universität Wien - AKH",
    institution_address="Währinger Gürtel 18-20, 1090 Wien",
    department="Universitätsklinik für Radiologie",
    referring="Müllner^Jörg^^Univ.-Prof. Dr.",
    reading="Schönthaler^Käthe^^Dr.",
    operator="Pichler^Günther",
    comment="Fr. Mag. Grüber-Österreicher, SVNR 4471180649",
    history="Annemarie Grüber-Österreicher, Z.n. Hemikolektomie, Lebermetastasen",
    ae_title="AKH_GALAN1",
)

TANAKA_WHITFIELD: Final = Person(
    name="Whitfield^Naomi^Tanaka=田中^直美=たなか^なおみ",
    charset=UNICODE,
    patient_id="MRN0093381",
    other_id="SSN-555-01-7788",
    born_on="19661230",
    sex="F",
    size_m="1.60",
    weight_kg="72.1",
    address="4411 Placeholder Blvd, Houston, TX 77030",
    phone="713-555-0166",
    institution="MD Anderson Cancer Center",
    institution_address="1515 Holcombe Blvd, Houston, TX 77030",
    department="Abdominal Imaging",
    referring="Okonkwo^Adaeze^^^MD",
    reading="Hargreaves^Wendell^^^MD",
    operator="Castellanos^Rubén",
    comment="WHITFIELD, NAOMI MRN0093381 call 713-555-0166",
    history="Naomi Whitfield 12/30/1966, ascending colon ca, liver mets x3",
    ae_title="MDA_UMR790",
)
