"""What is in our images: bills of materials, and an audit of what has known vulnerabilities.

python -m tests.images sbom [FOLDER]
python -m tests.images audit [--advisories pypi|osv]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.images.audit import joined, of_npm, of_pypi
from tests.images.bill import bill, faults
from tests.images.containerfiles import IMAGES, ROOT


def main(arguments: list[str] | None = None) -> int:
    """0 when all is right; otherwise it says what is not."""
    parser = argparse.ArgumentParser(prog="python -m tests.images", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    sbom = commands.add_parser("sbom", help="write a bill of materials for each image")
    sbom.add_argument("folder", nargs="?", type=Path, default=ROOT / "var" / "sbom")
    audit = commands.add_parser("audit", help="look up known vulnerabilities of all that is pinned")
    audit.add_argument("--advisories", choices=["pypi", "osv"], default="pypi", help="whom pip-audit asks")
    read = parser.parse_args(arguments)
    return write_bills(read.folder) if read.command == "sbom" else audited(read.advisories)


def write_bills(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    revision, seconds = git("log", "-1", "--format=%H %ct").split()
    changed = "" if not git("status", "--porcelain") else " and changes that are not committed"
    wrong = []
    for image in IMAGES:
        text = bill(image, f"{revision}{changed}", datetime.fromtimestamp(int(seconds), UTC))
        path = folder / f"{image}.cdx.json"
        path.write_text(text, "utf-8")
        wrong += [f"{path}: {each}" for each in faults(text)]
        print(path)
    print(*wrong, sep="\n", file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


def audited(advisories: str) -> int:
    """2 when something was skipped, 1 when something has a known vulnerability."""
    tracked = [ROOT / each for each in git("ls-files").splitlines()]
    requirements = [each for each in tracked if each.suffix == ".txt" and "--hash=sha256:" in each.read_text("utf-8")]
    locks = [each for each in tracked if each.name == "package-lock.json"]
    found = joined([of_pypi(requirements, f"--vulnerability-service={advisories}"), *map(of_npm, locks)])
    print(*found.lines(), sep="\n", file=sys.stderr if found.code else sys.stdout)
    return found.code


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603, S607


if __name__ == "__main__":
    sys.exit(main())
