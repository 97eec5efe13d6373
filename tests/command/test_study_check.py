import pytest

from services.command.demo import ROOT
from tests.command.conftest import casebook

DEFINITION = (ROOT / "studies" / "dream.toml").read_text(encoding="utf-8")


def test_the_studys_definition_is_sound(tmp_path):
    run = casebook("study", "check", "studies/dream.toml", "--json", data_dir=tmp_path)
    assert run.code == 0, run.err
    assert run.json["study"] == "DREAM"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("sound", "faulty", "field"),
    [
        ("offset_days = 21\n", 'offset_days = "soon"\n', "timepoints[2].offset_days"),
        ('code = "preoperative"\n', 'code = "preoperative"\ncolour = "red"\n', "timepoints[2].colour"),
    ],
    ids=["a wrong value", "an unknown key"],
)
def test_a_fault_is_named_with_its_line_and_field(tmp_path, sound, faulty, field):
    text = DEFINITION.replace(sound, faulty, 1)
    at = text.index(faulty.splitlines()[-1])
    line = text.count("\n", 0, at) + 1
    file = tmp_path / "faulty.toml"
    file.write_text(text, encoding="utf-8")
    run = casebook("study", "check", file, "--json", data_dir=tmp_path)
    assert run.code == 2
    assert f"line {line}: {field}" in run.json["error"]["message"]
