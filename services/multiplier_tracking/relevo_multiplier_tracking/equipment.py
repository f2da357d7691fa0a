"""What multiplier tracking makes for itself when it starts, once."""

from __future__ import annotations

from relevo_chassis.given.shell import Shell
from relevo_multiplier_tracking.pictures.encoder import Encoder


def equip(_: Shell) -> Encoder:
    return Encoder()


def encoder_of(shell: Shell) -> Encoder:
    if not isinstance(shell.equipment, Encoder):
        raise TypeError("the shell is not multiplier tracking's: it has no Encoder")
    return shell.equipment
