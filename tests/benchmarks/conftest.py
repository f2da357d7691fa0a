"""Lets these tests import the benchmarks, as ``python -m benchmarks`` does from the root of the tree."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)
