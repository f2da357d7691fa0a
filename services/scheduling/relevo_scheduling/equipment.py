"""What scheduling makes for itself when it starts, once."""

from __future__ import annotations

from relevo_chassis.given.shell import Shell
from relevo_scheduling.cleaning.cleaner import Cleaner


def equip(_: Shell) -> Cleaner:
    return Cleaner()


def cleaner_of(shell: Shell) -> Cleaner:
    if not isinstance(shell.equipment, Cleaner):
        raise TypeError("the shell is not scheduling's: it has no Cleaner")
    return shell.equipment
