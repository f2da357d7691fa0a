"""Render the manifests of deploy/kubernetes into a folder; check each object by the API's schemas and by our own laws.

python -m tests.manifests [FOLDER]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.manifests.laws import broken
from tests.manifests.rendering import NO_KUBECTL, OVERLAYS, ROOT, kubectl, rendered, text_of
from tests.manifests.schemas import OF_OTHERS, RELEASES, faults


def main(arguments: list[str] | None = None) -> int:
    """0 when all is right, 1 when something is not, 2 when it cannot be told."""
    parser = argparse.ArgumentParser(prog="python -m tests.manifests", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "var" / "manifests")
    folder: Path = parser.parse_args(arguments).folder
    if not kubectl():
        print(NO_KUBECTL, file=sys.stderr)
        return 2
    wrong, unread = [], 0
    for overlay in OVERLAYS:
        path = folder / f"{overlay}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(overlay), "utf-8")
        objects = rendered(overlay)
        unread += sum(each["kind"] in OF_OTHERS for each in objects)
        wrong += [f"{overlay}: {fault}" for each in objects for fault in faults(each)]
        wrong += [f"{overlay}: {fault}" for fault in broken(objects)] if "/" not in overlay else []
        print(f"{path}: {len(objects)} objects")
    print(f"by the schemas of Kubernetes {' and '.join(RELEASES)}, strictly; {unread} objects of others by none")
    print(*wrong, sep="\n", file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
