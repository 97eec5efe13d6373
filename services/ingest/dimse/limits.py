"""How much of a peer is believed, and for how long it is waited for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReceiverLimits:
    """What one receiving process takes.

    The first four are about connections that have not asked for an association: anybody can make those. When there are
    too many the oldest goes, since a sender asks within milliseconds and only idlers grow old. `silent_s` is how long
    an association may say nothing, and how long one PDU may take.
    """

    max_waiting: int = 256
    max_waiting_per_address: int = 64
    request_s: float = 10
    max_request_bytes: int = 128 * 1024
    max_associations: int = 32
    silent_s: float = 120
    max_pdu_bytes: int = 128 * 1024
    max_command_bytes: int = 64 * 1024
    max_dataset_bytes: int = 16 * 1024 * 1024
    max_object_bytes: int = 4 * 1024**3
    finish_s: float = 30


DEFAULT_LIMITS = ReceiverLimits()
