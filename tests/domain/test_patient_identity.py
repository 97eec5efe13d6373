import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.patient_identity import PatientIdentity

identities = st.builds(
    PatientIdentity,
    st.sampled_from(["", "123", "124"]),
    st.lists(st.sampled_from(["Ito^Shota", "伊藤^翔太", "De Smedt^Wout"]), max_size=2).map(tuple),
    st.sampled_from(["", "19520917", "19610324"]),
    st.sampled_from(["", "M"]),
)


def who(patient_id="123", names=("Ito^Shota",), born="19520917") -> PatientIdentity:
    return PatientIdentity(patient_id, names, born, "M")


@pytest.mark.parametrize(
    ("other", "can_be_one"),
    [
        (who(), True),
        (who(names=("ITO SHOTA",)), True),
        (who(patient_id="0123", names=("Ｉｔｏ^Shota",)), True),
        (who(patient_id="other", names=("De Smedt^Wout",)), False),
        (who(patient_id="other", born=""), False),
        (who(born="19610324"), False),
        (who(patient_id=""), True),
        (who(patient_id="", names=("De Smedt^Wout",)), False),
        (PatientIdentity("", (), "", ""), True),
    ],
)
def test_who_can_be_the_same_person(other, can_be_one):
    assert who().is_compatible_with(other) is can_be_one


@given(identities, identities)
def test_the_comparison_does_not_depend_on_who_is_asked(one, other):
    assert one.is_compatible_with(other) == other.is_compatible_with(one)


@given(identities)
def test_everybody_can_be_themselves_and_survives_storage(identity):
    assert identity.is_compatible_with(identity)
    assert PatientIdentity.from_json(identity.to_json()) == identity
