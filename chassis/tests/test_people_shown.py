"""How a person is shown: by a table, and nothing where it says nothing."""

from __future__ import annotations

from typing import Literal

import pytest

from relevo_chassis.people.shown import NOTHING, Level, Person, Showing, Shown

Audience = Literal["friend", "anybody", "stranger", "watcher"]
Purpose = Literal["greeting", "tale"]
SHOWING = Showing[Audience, Purpose](
    {
        ("friend", "greeting"): Level.NAME,
        ("anybody", "greeting"): Level.AS_CHOSEN,
        ("stranger", "tale"): Level.PSEUDONYM,
        ("watcher", "greeting"): Level.NOTHING,
    }
)
BERTA = Person("Berta", pseudonym="the heron")
BY_NAME, HERON = Shown(Level.NAME, "Berta"), Shown(Level.PSEUDONYM, "the heron")


@pytest.mark.parametrize(
    ("person", "to", "purpose", "seen"),
    [
        (BERTA, "friend", "greeting", BY_NAME),
        (BERTA, "anybody", "greeting", NOTHING),
        (BERTA._replace(is_open=True), "anybody", "greeting", BY_NAME),
        (BERTA, "stranger", "tale", HERON),
        (BERTA._replace(is_open=True), "stranger", "tale", HERON),
        (BERTA, "watcher", "greeting", NOTHING),
        (BERTA._replace(is_open=True), "watcher", "greeting", NOTHING),
        (BERTA, "friend", "tale", NOTHING),
        (BERTA, "stranger", "greeting", NOTHING),
        (Person(None), "friend", "greeting", NOTHING),
        (Person("Berta"), "stranger", "tale", NOTHING),
    ],
)
def test_a_person_is_shown_as_the_table_says_and_nothing_where_it_says_nothing(
    person: Person, to: Audience, purpose: Purpose, seen: Shown
) -> None:
    assert SHOWING.shown(person, to, purpose) == seen
