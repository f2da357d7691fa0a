"""The page that works without a line: the same for everybody, so that a device may keep it; and the files it needs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib.resources import files

from relevo_chassis.languages import Language
from relevo_chassis.languages.loading import flat
from relevo_portal.page.days import FORMATS, Form
from relevo_portal.page.frame import FILES, File, Frame, made, named, waiting_time
from relevo_portal.words import TEXTS, days, offline

_NAMES = ("seal", "device", "report", "line", "picture", "view", "shell")
"""Each asks only for those before it."""
_SCRIPT = "text/javascript"
_A_MINUTE = 60


def _read(name: str) -> str:
    return (files("relevo_portal") / "page" / "offline" / f"{name}.js").read_text("utf-8")


def _modules() -> Iterator[tuple[str, File]]:
    """Under names that change with what is in them, by which they ask for each other too."""
    names: dict[str, str] = {}
    for each in _NAMES:
        source = _read(each)
        for other, name in names.items():
            source = source.replace(f'"./{other}.js"', f'"./{name}"')
        name, file = named(f"{each}.js", source.encode(), _SCRIPT)
        names[each] = name
        yield name, file


MODULES: Mapping[str, File] = dict(_modules())
"""What the page loads besides what every page does, by name."""
_SHELL = list(MODULES)[-1]
_WORKER = _read("worker")
_NEEDED = (*MODULES, *(name for name in FILES if name.startswith(("portal.", "exit."))))


def shell_page(frame: Frame) -> str:
    of_days, keep = days.TEXTS[frame.language], f"?lang={frame.language}"
    return made(
        "offline/shell.html",
        frame,
        days=of_days,
        offline=offline.TEXTS[frame.language],
        form=Form("", ""),
        formats=[(each, of_days.formats[each], None) for each in FORMATS],
        spoken=list(_spoken(frame.language)),
        shell_script=f"/files/{_SHELL}",
        to_form=f"/days/report{keep}",
        to_days=f"/days{keep}",
    )


def worker_script(frame: Frame) -> str:
    """The worker that keeps the page in the language of the frame, under a name that changes with the page."""
    page = f"/offline?lang={frame.language}"
    digest = hashlib.sha256((shell_page(frame) + _WORKER).encode()).hexdigest()[:12]
    names = {"KEPT": f"files-{digest}", "PAGE": page, "FILES": [f"/files/{each}" for each in _NEEDED]}
    return "".join(f"const {name} = {json.dumps(value)};\n" for name, value in names.items()) + _WORKER


def _spoken(language: Language) -> Iterator[tuple[str, str]]:
    """What the script says, by the names that it says it under."""
    own = offline.TEXTS[language].script.model_dump()
    wait = waiting_time(_A_MINUTE, language)
    mistakes = {name: text.format(wait=wait) for name, text in TEXTS[language].door.mistakes.items()}
    others = {"mistakes": mistakes, "faults": days.TEXTS[language].faults}
    for name, text in flat({**own, **others}, ""):
        yield name, str(text)
