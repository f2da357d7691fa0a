"""A photograph as a telephone takes it of a board: nobody on it, and more in the file than is to be seen."""

from __future__ import annotations

import io
import textwrap

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt


def photograph(written: str, comment: str) -> bytes:
    """A PNG of a board with that on it; ``comment`` lies in the file beside the picture, as places and devices do."""
    figure = plt.figure(figsize=(8, 6), facecolor="#22352e")
    figure.text(0.08, 0.82, textwrap.fill(written, 34), color="#f2efe4", fontsize=20, va="top")
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100, facecolor="#22352e", metadata={"Comment": comment})
    plt.close(figure)
    return file.getvalue()
