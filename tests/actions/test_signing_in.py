"""What a stored password costs to guess."""

from argon2 import extract_parameters
from argon2.low_level import Type

from casebook.actions import signing_in

LEAST_KIB, LEAST_PASSES = 64 * 1024, 3


def test_passwords_are_hashed_at_least_as_costly_as_rfc_9106_asks_of_machines_with_little_memory():
    cost = extract_parameters(signing_in._NO_SUCH_ACCOUNT)
    assert cost.type is Type.ID
    assert cost.memory_cost >= LEAST_KIB
    assert cost.time_cost >= LEAST_PASSES
