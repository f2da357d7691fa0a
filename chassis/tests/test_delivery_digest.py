"""What an event says: another digest for another event, the same however its headers are spelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from relevo_chassis.delivery.digest import DIGEST_BYTES, after, digest_of
from relevo_contracts import Envelope, Wire, decode_head, encode
from relevo_contracts.intake import PersonErased
from relevo_testkit.movers import id_of

NOW = datetime(2019, 9, 12, tzinfo=UTC)
EVENT = PersonErased(person_id=id_of(2), application_ids=(), participant_ids=(), erased_at=NOW)
WIRE = encode(Envelope(id_of(4), 7, NOW, id_of(5), id_of(6), EVENT))


def digest_by_reader(subject: str, headers: Mapping[str, str], body: bytes) -> bytes:
    return digest_of(subject, decode_head(headers), body)


def test_it_is_the_same_in_every_process_and_version() -> None:
    assert digest_by_reader(*WIRE).hex() == "797073c2752556ccd63b884260440d84"
    assert len(digest_by_reader(*WIRE)) == DIGEST_BYTES


@pytest.mark.parametrize(
    "changed",
    [
        WIRE._replace(subject="events.intake.call.opened.v1"),
        WIRE._replace(body=WIRE.body + b" "),
        WIRE._replace(body=b""),
        *(
            WIRE._replace(headers={**WIRE.headers, name: value})
            for name, value in {
                "ce-id": id_of(9),
                "ce-type": "another",
                "ce-source": "/another",
                "ce-subject": f"person/{id_of(9)}",
                "ce-sequence": "8",
                "ce-time": "2019-09-12T00:00:00.001Z",
                "ce-causationid": id_of(9),
                "ce-correlationid": id_of(9),
                "ce-datacontenttype": "text/plain",
            }.items()
        ),
    ],
)
def test_whatever_would_make_it_another_event_shows(changed: Wire) -> None:
    assert digest_by_reader(*changed) != digest_by_reader(*WIRE)


def test_how_its_headers_are_spelled_does_not() -> None:
    shouted = {name.upper(): value for name, value in reversed(WIRE.headers.items())}
    spelled = {**shouted, "CE-TIME": "2019-09-12T02:00:00+02:00", "Nats-Expected-Stream": "EVENTS_INTAKE"}
    assert digest_by_reader(WIRE.subject, spelled, WIRE.body) == digest_by_reader(*WIRE)


def test_what_was_taken_depends_on_each_event_and_on_their_order() -> None:
    one, two, three = (bytes([number]) * DIGEST_BYTES for number in range(3))
    both = after(after(b"", one), two)
    assert len({both, after(after(b"", two), one), after(after(b"", one), three), after(both, three), one}) == 5
