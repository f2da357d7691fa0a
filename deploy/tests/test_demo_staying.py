"""Staying when all is done: which pages are worth opening, with codes that still open something."""

from typing import Any, cast

from relevo_demo.api import Api, Misbehaved
from relevo_demo.staying import Address, Visitor, addresses


class Codes:
    """Of the calls to intake those that matter here: who comes in with a code, and what is theirs."""

    def __init__(self, *good: str) -> None:
        self._good = good

    async def came_in(self, receipt: str) -> str:
        if receipt == "ended":
            raise Misbehaved("410")
        return receipt

    async def get(self, service: str, path: str, *, token: str) -> dict[str, Any]:
        if token not in self._good:
            raise Misbehaved("401")
        return {}


async def test_a_code_that_opens_nothing_any_more_is_passed_over_and_so_is_a_page_that_nobody_can_open() -> None:
    wanted = [
        Visitor("a certificate", "/paper", ["ended", "erased", "first", "second"]),
        Visitor("a week", "/week", ["ended"]),
        Visitor("an application", "/mine", ["second"]),
    ]
    found = await addresses(cast(Api, Codes("first", "second")), "http://localhost:8105", wanted)
    assert found == [
        Address("a certificate", "http://localhost:8105/paper", "first"),
        Address("an application", "http://localhost:8105/mine", "second"),
    ]
