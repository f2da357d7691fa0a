"""A page that is made of what services say themselves: written, or held against what stands there."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from relevo_chassis.service.made_of import Service


def service_of(package: str) -> Service:
    """What a package's ``main`` has as its ``SERVICE``."""
    service: Service = importlib.import_module(f"{package}.main").SERVICE
    return service


def written(
    document_of: Callable[[Sequence[str]], str], *, module: str, about: str | None, stale: str, words: list[str] | None
) -> int:
    """0 when the page is written or up to date; 1 when ``--check`` finds it stale, which is said as ``stale``."""
    parser = argparse.ArgumentParser(prog=f"python -m relevo_chassis.service.{module}", description=about)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the document is stale")
    parser.add_argument("file", type=Path)
    parser.add_argument("packages", nargs="+", help="each with a SERVICE in its main")
    asked = parser.parse_args(words)
    text = document_of(asked.packages)
    if asked.file.is_file() and asked.file.read_text(encoding="utf-8") == text:
        return 0
    if asked.check:
        print(f"{asked.file} {stale}; run: make schemas", file=sys.stderr)
        return 1
    asked.file.write_text(text, encoding="utf-8")
    return 0
