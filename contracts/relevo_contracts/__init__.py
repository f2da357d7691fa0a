"""The events of Relevo: what its services tell each other and their partners, and how it travels."""

from relevo_contracts.envelope import (
    Envelope,
    Head,
    Unreadable,
    Wire,
    decode,
    decode_body,
    decode_head,
    derived_id,
    encode,
)
from relevo_contracts.model import Event, Requirements
from relevo_contracts.table import (
    BY_MODEL,
    BY_TYPE,
    CONTRACTS,
    PEOPLE,
    SERVICES,
    STAFF,
    Contract,
    stream_of,
    subjects_of,
)

__all__ = [
    "BY_MODEL",
    "BY_TYPE",
    "CONTRACTS",
    "PEOPLE",
    "SERVICES",
    "STAFF",
    "Contract",
    "Envelope",
    "Event",
    "Head",
    "Requirements",
    "Unreadable",
    "Wire",
    "decode",
    "decode_body",
    "decode_head",
    "derived_id",
    "encode",
    "stream_of",
    "subjects_of",
]
