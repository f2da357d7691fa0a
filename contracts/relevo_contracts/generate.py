"""Write what is derived from the models: a JSON Schema for each event, two AsyncAPI documents,
types for TypeScript.

python -m relevo_contracts.generate [--check] [--topology FOLDER] [--into FOLDER] [--unreleased]
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from relevo_contracts import CONTRACTS
from relevo_contracts.asyncapi import document, partners_document
from relevo_contracts.published import in_words
from relevo_contracts.schemas import breaches, open_schema
from relevo_contracts.topology import Topology, read_topology
from relevo_contracts.typescript import typescript

HERE = Path(__file__).resolve().parent.parent


def generated(topology: Topology) -> dict[str, str]:
    """Every generated file by its path under contracts/. The same models and topology give the same bytes."""
    files = {
        f"schemas/{contract.model.type_name()}.v{contract.model.version}.json": _text(open_schema(contract.model))
        for contract in CONTRACTS
    }
    files["asyncapi.json"] = _text(document(topology, version()))
    files["asyncapi.partner.json"] = _text(partners_document(topology, version()))
    files["typescript/src/events.ts"] = typescript()
    return files


def version() -> str:
    """The one number of all that is published here: that of the package."""
    project: str = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return project


def stale(files: Mapping[str, str], folder: Path) -> list[str]:
    """The generated files that are missing, differ, or belong to no event any more."""
    wrong = [name for name, text in files.items() if _read(folder / name) != text]
    kept = {f"schemas/{path.name}" for path in (folder / "schemas").glob("*.json")}
    return sorted({*wrong, *(kept - files.keys())})


def broken(files: Mapping[str, str], folder: Path) -> Iterator[str]:
    """How the models break the schemas that are there: a type may only grow (rule 9 of the design)."""
    for path in sorted((folder / "schemas").glob("*.json")):
        name = f"schemas/{path.name}"
        if name not in files:
            yield f"{name}: the event is gone"
            continue
        for breach in breaches(json.loads(path.read_text(encoding="utf-8")), json.loads(files[name])):
            yield f"{name}: {breach}"


def write(files: Mapping[str, str], folder: Path) -> None:
    for name in stale(files, folder):
        path = folder / name
        if name in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[name], encoding="utf-8")
        else:
            path.unlink()


def main(arguments: list[str] | None = None) -> int:
    """0 when all is written or up to date; 1 when ``--check`` finds a stale file or a type does more than grow."""
    asked = _parser().parse_args(arguments)
    files = generated(read_topology(asked.topology))
    if asked.check:
        wrong = stale(files, asked.into)
        for name in wrong:
            print(f"{name} is not what the models give; run: make schemas", file=sys.stderr)
        return 1 if wrong else 0
    refused = [] if asked.unreleased else list(broken(files, asked.into))
    for breach in refused:
        print(f"{breach}; publish another version of the type beside this one", file=sys.stderr)
    if refused:
        return 1
    write(files, asked.into)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m relevo_contracts.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    parser.add_argument("--topology", type=Path, default=HERE.parent / "deploy" / "topology", help="streams, durables")
    parser.add_argument("--into", type=Path, default=HERE, help="where schemas/ and asyncapi.json are")
    parser.add_argument("--unreleased", action="store_true", help="overwrite schemas that nobody has built on yet")
    return parser


def _text(content: Any) -> str:
    return json.dumps(in_words(content), indent=2, ensure_ascii=False) + "\n"


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
