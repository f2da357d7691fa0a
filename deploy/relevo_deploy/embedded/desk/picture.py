"""Who tells whom, drawn as SVG from the text that a picture of mermaid has in ``docs/events``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

WIDTH, BOX, HEIGHT = 360, 145, 28
"""Of a whole picture, and of the box around a name: what a narrow telephone shows without scrolling."""
_ROW, _LINE, _TRUNK = 44, 19, 16
_EDGE = re.compile(r'^ *(\w+) -- "([^"]+)" --> (\w+)$', re.MULTILINE)


class Arrow(NamedTuple):
    """What one service tells one reader."""

    producer: str
    events: tuple[str, ...]
    reader: str


def arrows_in(text: str) -> list[Arrow]:
    """The arrows of a flowchart that carry names; none in a picture of another kind."""
    return [Arrow(producer, tuple(names.split("<br>")), reader) for producer, names, reader in _EDGE.findall(text)]


def pictures(arrows: Sequence[Arrow]) -> str:
    """Arrows from each producer to its readers; of several producers one picture each as well, when it is asked for,
    with the names of its events, which lead to their pages."""
    producers = dict.fromkeys(each.producer for each in arrows)
    trees = [_tree(producer, [each for each in arrows if each.producer == producer]) for producer in producers]
    named = f'<details><summary>By name</summary><div class="pictures">{"".join(trees)}</div></details>'
    return f'<div class="pictures">{_overview(arrows)}</div>{named if len(trees) > 1 else ""}\n'


def _overview(arrows: Sequence[Arrow]) -> str:
    producers = _placed(each.producer for each in arrows)
    readers = _placed(each.reader for each in arrows)
    more = (len(readers) - len(producers)) * _ROW / 2
    shifted = {name: y + max(0.0, more) for name, y in producers.items()}
    readers = {name: y - min(0.0, more) for name, y in readers.items()}
    lines = "".join(_arrow(shifted[each.producer], readers[each.reader], each) for each in arrows)
    boxes = [_box(0, y, name) for name, y in shifted.items()]
    boxes += [_box(WIDTH - BOX, y, name) for name, y in readers.items()]
    height = max(len(producers), len(readers)) * _ROW - _ROW + HEIGHT
    text = "; ".join(f"{_words(each.producer)} tells {_words(each.reader)} {', '.join(each.events)}" for each in arrows)
    return _svg(text, height, lines + "".join(boxes))


def _tree(producer: str, arrows: Sequence[Arrow]) -> str:
    y, parts = float(HEIGHT), list[str]()
    for each in arrows:
        y += _ROW / 2
        end = WIDTH - BOX
        parts.append(f'<path class="line" d="M{_TRUNK} {HEIGHT}V{y:g}H{end - 6}"/>{_head(end, y)}')
        parts.append(_box(end, y - HEIGHT / 2, each.reader))
        y += HEIGHT / 2 + 2
        for name in each.events:
            y += _LINE
            parts.append(
                f'<a href="{escape(name)}.html"><text x="{_TRUNK + 14}" y="{y - 5:g}">{escape(name)}</text></a>'
            )
    return _svg(f"What {_words(producer)} tells, and whom", y, "".join([_box(0, 0, producer), *parts]))


def _placed(names: Iterator[str]) -> dict[str, float]:
    """From the top of a column to its end, each name once."""
    return {name: float(place * _ROW) for place, name in enumerate(dict.fromkeys(names))}


def _arrow(start: float, end: float, each: Arrow) -> str:
    y, to, x = start + HEIGHT / 2, end + HEIGHT / 2, WIDTH - BOX
    bend = (BOX + x) / 2
    path = f'<path class="line" d="M{BOX} {y:g}C{bend:g} {y:g} {bend:g} {to:g} {x - 6} {to:g}"/>'
    return f"<g><title>{escape(', '.join(each.events))}</title>{path}</g>{_head(x, to)}"


def _head(x: float, y: float) -> str:
    return f'<path class="head" d="M{x:g} {y:g}l-8 -4v8z"/>'


def _box(x: float, y: float, name: str) -> str:
    return (
        f'<rect x="{x + 0.5:g}" y="{y + 0.5:g}" width="{BOX - 1}" height="{HEIGHT - 1}" rx="6"/>'
        f'<text class="name" x="{x + BOX / 2:g}" y="{y + HEIGHT / 2 + 4.5:g}">{escape(_words(name))}</text>'
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _svg(text: str, height: float, drawn: str) -> str:
    """``role="group"``, because names in it may be links."""
    return f'<svg viewBox="0 0 {WIDTH} {height:g}" role="group" aria-label="{escape(text)}">{drawn}</svg>'
