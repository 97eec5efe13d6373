"""The datasets of the study itself, without a patient: every format takes their names, labels and code lists."""

from datetime import date

import pytest
from lxml import etree

from casebook.domain.datasets.all_datasets import datasets_of
from casebook.domain.datasets.material import StudyMaterial
from casebook.domain.study import load_study
from casebook.formats.formats import Format, write
from tests.domain.builders import DREAM_PATH
from tests.formats.samples import about
from tests.formats.test_define import SCHEMA


@pytest.fixture(scope="module")
def datasets():
    definition = load_study(DREAM_PATH.read_text(encoding="utf-8"))
    return datasets_of(StudyMaterial(definition=definition, as_of=date(2019, 7, 18), subjects=()))


@pytest.mark.parametrize("into", Format)
def test_every_dataset_of_the_study_is_written_in_every_format(datasets, into):
    written = {file.path for file in write(datasets, into, about())}
    if into in {Format.CSV, Format.PARQUET, Format.XPT, Format.DATASET_JSON}:
        assert {path.partition("/")[2].partition(".")[0] for path in written} == {one.name.lower() for one in datasets}


def test_the_study_is_described_by_documents_that_validate(datasets):
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    documents = list(write(datasets, Format.DEFINE_XML, about()))
    assert len(documents) == 2
    for document in documents:
        schema.assertValid(etree.fromstring(document.content))
