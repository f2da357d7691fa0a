"""Staying when all is done: which pages are worth opening, with codes that were seen to open them."""

import pytest

from relevo_demo.api import Misbehaved
from relevo_demo.staying import Address, Visitor, addresses

PAPER, LINK = "http://localhost:8105/paper", "http://127.0.0.1:8104/v/abc"
OPEN = {(PAPER, "first"), (PAPER, "second"), (LINK, "")}


async def opens(url: str, code: str) -> bool:
    return (url, code) in OPEN


async def test_a_code_that_opens_nothing_any_more_is_passed_over_and_where_none_is_asked_for_none_is_told() -> None:
    wanted = [Visitor("a certificate", PAPER, ["ended", "first", "second"]), Visitor("its link", LINK, [""])]
    assert await addresses(wanted, opens) == [Address("a certificate", PAPER, "first"), Address("its link", LINK, "")]


async def test_a_page_that_nobody_can_open_is_never_told() -> None:
    with pytest.raises(Misbehaved, match="a week: nobody can open"):
        await addresses([Visitor("a week", "http://localhost:8105/week", ["ended"])], opens)
