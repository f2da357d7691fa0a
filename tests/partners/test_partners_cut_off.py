"""A command that is cut off at any of its steps is completed by the same command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.partners.yard import NAME, OPENED, Yard, add, agree, is_refused

from relevo_deploy.partners import commands, files
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.topology import commands as topology_commands
from relevo_deploy.topology.accounts import Accounts
from relevo_deploy.topology.jetstream import JetStream


class CutOff(BaseException):
    """What a kill looks like from inside."""


class Guillotine:
    """Ends a command before its n-th step: a file that is written or removed, or an order to the bus."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._left = -1
        for owner, name in (
            (SecretFiles, "put"), (SecretFiles, "remove"), (files, "write"), (files, "remove"),
        ):  # fmt: skip
            monkeypatch.setattr(owner, name, self._before(getattr(owner, name)))
        order, ask = Accounts._order, JetStream._ask

        async def ordered(accounts: Accounts, verb: str, token: str) -> None:
            self._step()
            await order(accounts, verb, token)

        async def asked(jetstream: JetStream, request: str, *more: Any, **how: Any) -> Any:
            if "CREATE" in request or "DELETE" in request:
                self._step()
            return await ask(jetstream, request, *more, **how)

        monkeypatch.setattr(Accounts, "_order", ordered)
        monkeypatch.setattr(JetStream, "_ask", asked)

    def fall_before(self, step: int) -> None:
        self._left = step

    def lift(self) -> None:
        self._left = -1

    def _step(self) -> None:
        if self._left == 0:
            raise CutOff
        self._left -= 1

    def _before(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def done(*arguments: Any, **named: Any) -> Any:
            self._step()
            return step(*arguments, **named)

        return done


async def _nothing() -> None:
    """Nothing has to be made ready."""


async def cut_off_everywhere(
    guillotine: Guillotine,
    command: Callable[[], Awaitable[int]],
    completed: Callable[[], Awaitable[None]],
    made_ready: Callable[[], Awaitable[None]] = _nothing,
) -> int:
    """End a command before its first step, its second and so on, and each time have it done again, to its end."""
    for step in range(100):
        await made_ready()
        guillotine.fall_before(step)
        try:
            await command()
        except CutOff:
            guillotine.lift()
            await command()
            await completed()
        else:
            guillotine.lift()
            return step
    raise AssertionError("it never ended")


async def test_an_addition_that_is_cut_off_at_any_step_is_completed_by_the_same_command(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await yard.publish(OPENED)
    guillotine, stale = Guillotine(monkeypatch), tmp_path / "stale.creds"

    async def completed() -> None:
        assert await agree(yard)
        assert await yard.brought() == [OPENED]
        if stale.exists():
            assert await is_refused(yard, stale)
        stale.write_text(yard.credentials.read_text())
        await commands.remove(NAME, where=yard.where)

    assert await cut_off_everywhere(guillotine, lambda: add(yard, "CallOpened"), completed) >= 7


async def test_a_rotation_that_is_cut_off_at_any_step_is_completed_by_the_same_command_or_by_an_addition(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await add(yard, "CallOpened")
    guillotine, old = Guillotine(monkeypatch), tmp_path / "old.creds"
    rotation = partial(commands.rotate, NAME, where=yard.where)

    async def kept() -> None:
        old.write_text(yard.credentials.read_text())

    async def completed() -> None:
        assert await agree(yard)
        assert await is_refused(yard, old)
        assert await yard.brought() == []

    assert await cut_off_everywhere(guillotine, rotation, completed, kept) == 3
    for step in (1, 2):
        await kept()
        guillotine.fall_before(step)
        with pytest.raises(CutOff):
            await rotation()
        guillotine.lift()
        await add(yard)
        await completed()


async def test_a_removal_that_is_cut_off_at_any_step_is_completed_and_not_undone_by_an_apply(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    guillotine, kept = Guillotine(monkeypatch), tmp_path / "kept.creds"

    async def added() -> None:
        await add(yard, "CallOpened", "ProgrammePublished")
        kept.write_text(yard.credentials.read_text())

    async def completed() -> None:
        await topology_commands.apply(where=yard.where)
        assert await agree(yard)
        assert await is_refused(yard, kept)
        assert not yard.credentials.exists()

    removal = partial(commands.remove, NAME, where=yard.where)
    assert await cut_off_everywhere(guillotine, removal, completed, added) == 6
