"""The band beside the certificate: strands that part and meet again, and where they meet one hands on to the next."""

from __future__ import annotations

import math
from functools import cache

WIDTH_MM, HEIGHT_MM = 30, 210
_MIDDLE_MM, _AMPLITUDE_MM, _WAVE_MM = 15.0, 13.0, 84.0
_STRANDS_EACH_SIDE = 6
_STEPS = 30
_INK, _GOLD = "#546072", "#a8843c"


@cache
def svg() -> str:
    """Three families of strands, a third of a turn apart, as SVG in millimetres."""
    paths = [
        f'<path stroke="{colour}" d="{_strand(line / _STRANDS_EACH_SIDE, turn * math.pi / 3)}"/>'
        for turn, colour in enumerate((_INK, _GOLD, _INK))
        for line in range(-_STRANDS_EACH_SIDE, _STRANDS_EACH_SIDE + 1)
    ]
    box = f'width="{WIDTH_MM}mm" height="{HEIGHT_MM}mm" viewBox="0 0 {WIDTH_MM} {HEIGHT_MM}"'
    lines = "".join(paths)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}><g fill="none" stroke-width="0.078">{lines}</g></svg>'


def _strand(share: float, phase: float) -> str:
    """One strand from top to bottom, in cubic curves that have the sine's own slope where they join."""
    step = HEIGHT_MM / _STEPS
    parts = [f"M{_x(share, phase, 0):.3f} 0"]
    for turn in range(_STEPS):
        y, below = turn * step, (turn + 1) * step
        first = _x(share, phase, y) + _slope(share, phase, y) * step / 3
        second = _x(share, phase, below) - _slope(share, phase, below) * step / 3
        ends = f"{_x(share, phase, below):.3f} {below:.2f}"
        parts.append(f"C{first:.3f} {y + step / 3:.2f} {second:.3f} {below - step / 3:.2f} {ends}")
    return "".join(parts)


def _x(share: float, phase: float, y: float) -> float:
    return _MIDDLE_MM + _AMPLITUDE_MM * share * math.sin(y / _WAVE_MM * 2 * math.pi + phase)


def _slope(share: float, phase: float, y: float) -> float:
    turn = 2 * math.pi / _WAVE_MM
    return _AMPLITUDE_MM * share * math.cos(y * turn + phase) * turn
