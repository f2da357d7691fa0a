"""The edition in one picture: each person a dot, from those who applied to those who were reached in the end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.patches import Circle

from relevo_demo.dice import dice
from relevo_demo.edition import Edition

INK, QUIET, PAPER, BAND = "#1c2a33", "#76838a", "#fbfaf7", "#eef1f0"
WAITING, TAKING_PART, REACHED = "#c3cfd3", "#1f5f74", "#d9952b"
_GOLDEN = math.pi * (3 - math.sqrt(5))
_GAP, _LEAST_WIDTH, _DOT, _MARGIN = 9.0, 21.0, 1.42, 14.0


class Step(NamedTuple):
    """A step of the relay: how many people, of whom ``lit`` go on to take part, and the colour of those.

    ``notes`` say what befell some of them there.
    """

    label: str
    people: int
    lit: int
    notes: tuple[str, ...] = ()
    colour: str = TAKING_PART


def steps_of(report: Mapping[str, Any]) -> list[Step]:
    """The relay from applications to people reached."""
    enrolled = report["selection"]["enrolled"]
    multiplier, course = report["multiplier"], report["course"]
    notes = _notes(course)
    return [
        Step("applications", report["applications"]["submitted"], enrolled, notes["applications"]),
        Step("reviewed", report["reviews"]["applications_reviewed"], enrolled),
        Step("offered a seat", report["selection"]["offered"], enrolled, notes["offered"]),
        Step("enrolled", enrolled, enrolled, notes["enrolled"]),
        Step("completed\nthe week", report["onsite"]["completed"], report["onsite"]["completed"], notes["completed"]),
        Step("passed it on", multiplier["fulfilled"], multiplier["fulfilled"], notes["passed on"]),
        Step("certified", report["certificates"]["issued"], report["certificates"]["issued"], notes["certified"]),
        Step("people reached", multiplier["people_reached"], multiplier["people_reached"], colour=REACHED),
    ]


def _notes(course: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """What befell people at each step, as the services say."""
    moved = course["own_address"] + course["address_confirmed"]
    corrected = course["name_corrected_before"] + course["name_corrected_after"]
    hidden = course["name_hidden_before"] + course["name_hidden_after"]
    named = course["name_shown_before"] + course["name_shown_after"]
    return {
        "applications": (
            f"{course['without_address']} without an e-mail address",
            f"{course['mail_refused']} with letters refused",
        ),
        "offered": (f"{course['adjusted_by_hand']} chosen by hand", f"{course['seats_by_hand']} free seat by hand"),
        "enrolled": (f"{moved} changed address",),
        "completed": (f"{course['groups_changed']} changed groups", f"{course['excused']} were excused"),
        "passed on": (
            f"{course['held_together']} held one together",
            f"{course['returned_with_words']} were asked again",
        ),
        "certified": (f"{corrected} names corrected", f"{hidden} hidden, {named} shown"),
    }


def draw(report: Mapping[str, Any], edition: Edition, folder: Path) -> tuple[Path, Path]:
    """Draw it as SVG and PNG; returns where."""
    steps = steps_of(report)
    centres = _centres(steps)
    tallest = max(_radius(step) for step in steps)
    left, right = -_MARGIN, centres[-1] + _room(steps[-1]) + _MARGIN
    unit = (right - left) / 260
    low, high = -tallest - 36 * unit - _MARGIN * 0.4, tallest + 30 * unit + _MARGIN * 0.4
    figure = plt.figure(figsize=(15, 15 * (high - low) / (right - left)), facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)
    axes.axis("off")
    _ribbon(axes, steps, centres)
    for step, x in zip(steps, centres, strict=True):
        _disc(axes, step, x)
        axes.text(x, -tallest - 14 * unit, f"{step.people:,}", ha="center", fontsize=20, color=INK, weight="bold")
        for line, word in enumerate(step.label.split("\n")):
            axes.text(x, -tallest - (20.5 + 3.7 * line) * unit, word, ha="center", fontsize=10.5, color=QUIET)
        for line, note in enumerate(step.notes):
            axes.text(x, -tallest - (30 + 3.4 * line) * unit, note, ha="center", fontsize=8.5, color=TAKING_PART)
    _words(axes, steps, edition, tallest, unit)
    paths = folder / "funnel.svg", folder / "funnel.png"
    for path in paths:
        figure.savefig(path, dpi=160, facecolor=PAPER, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)
    return paths


def _words(axes: Axes, steps: Sequence[Step], edition: Edition, tallest: float, unit: float) -> None:
    title = f"From {steps[0].people:,} applications to {steps[-1].people:,} people reached"
    axes.text(0, tallest + 22 * unit, title, fontsize=23, color=INK, weight="bold")
    where = f"{edition.titles['en']}. {edition.in_words}."
    axes.text(0, tallest + 14.5 * unit, f"{where} Each dot is one person, and synthetic.", fontsize=12, color=QUIET)


def _radius(step: Step) -> float:
    """So that areas compare as people do."""
    return math.sqrt(max(step.people, 1))


def _room(step: Step) -> float:
    return max(_radius(step), _LEAST_WIDTH / 2)


def _centres(steps: Sequence[Step]) -> list[float]:
    centres, edge = [], 0.0
    for step in steps:
        centres.append(edge + _room(step))
        edge += 2 * _room(step) + _GAP
    return centres


def _disc(axes: Axes, step: Step, x: float) -> None:
    """The people of a step, packed like the seeds of a sunflower; those who go on lie among the others."""
    lit = set(dice("lit", step.label).sample(range(step.people), min(step.lit, step.people)))
    places = [
        (x + math.sqrt(at + 0.5) * math.cos(at * _GOLDEN), math.sqrt(at + 0.5) * math.sin(at * _GOLDEN))
        for at in range(step.people)
    ]
    colours = [step.colour if at in lit else WAITING for at in range(step.people)]
    sizes = [_DOT * 1.12 if at in lit else _DOT for at in range(step.people)]
    dots = EllipseCollection(
        sizes, sizes, [0] * step.people, units="xy", offsets=places, offset_transform=axes.transData,
        facecolors=colours, linewidths=0, zorder=3,
    )  # fmt: skip
    axes.add_collection(dots)


def _ribbon(axes: Axes, steps: Sequence[Step], centres: Sequence[float]) -> None:
    """A soft band through all steps, as wide as each is."""
    xs, widths = [], []
    for (one, x0), (two, x1) in zip(
        zip(steps, centres, strict=True), zip(steps[1:], centres[1:], strict=True), strict=False
    ):
        for at in range(41):
            share = at / 40
            ease = (1 - math.cos(math.pi * share)) / 2
            xs.append(x0 + (x1 - x0) * share)
            widths.append(_around(one) * (1 - ease) + _around(two) * ease)
    axes.fill_between(xs, [-each for each in widths], widths, color=BAND, linewidth=0, zorder=1)
    for step, x in zip(steps, centres, strict=True):
        axes.add_patch(Circle((x, 0), _around(step), color=BAND, linewidth=0, zorder=1))


def _around(step: Step) -> float:
    """A little more than the people of a step take."""
    return _radius(step) + 1.6
