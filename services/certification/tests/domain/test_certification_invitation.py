"""Invitations: how names are compared, and what an invitation is worth."""

from __future__ import annotations

import pytest

from relevo_certification.domain.invitation import compared


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("María José Ñandú", "MARIA JOSE NANDU"),
        ("O’Connor", "OCONNOR"),
        ("D'Ávila-Souza", "davila souza"),
        ("  Ana   Paz ", "ana paz"),
        ("Weiß", "WEISS"),
        ("QUISPE, ANA", "quispe ana"),
        ("QUISPE<<ANA<MARIA", "quispe ana maria"),
        ("ＡＮＡ", "ana"),
    ],
)
def test_names_that_a_passport_writes_in_two_ways_are_the_same(printed: str, typed: str) -> None:
    assert compared(printed) == compared(typed)


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("Ana María", "María Ana"),
        ("Ana", "Anna"),
        ("कि", "का"),
        ("ANA PAZ", "ANAPAZ"),
        ("ANA PAZ", "ANA"),
        ("Ωmega", "Omega"),
    ],
)
def test_other_names_are_not(printed: str, typed: str) -> None:
    assert compared(printed) != compared(typed)
