LOOKED_AT = [
    "settings",
    "study key",
    "disk",
    "data folder",
    "codecs",
    "viewer",
    "database",
    "study",
    "audit trail",
    "progress",
]
OF_THIS_MACHINE = {"disk", "viewer"}
"""What an installation of a test cannot answer for."""


def test_a_whole_installation_is_found_well(command):
    run = command("doctor", "--json")
    assert [symptom["what"] for symptom in run.json] == LOOKED_AT
    ill = {symptom["what"] for symptom in run.json if not symptom["is_well"]}
    assert ill <= OF_THIS_MACHINE
    assert run.code == (8 if ill else 0)


def test_a_short_study_key_is_found_and_how_to_mend_it(command):
    run = command("doctor", CASEBOOK_STUDY_KEY="short")
    assert run.code == 8
    assert "✗ study key" in run.out
    assert "casebook init" in run.out
    assert "short" not in run.out.replace("shorter", "")


def test_a_setting_that_is_none_is_named_with_its_variable(command):
    run = command("doctor", "--json", CASEBOOK_PORT="eighty")
    assert run.code == 8
    (symptom,) = run.json
    assert "CASEBOOK_PORT" in symptom["found"]
