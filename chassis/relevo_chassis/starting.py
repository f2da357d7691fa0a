"""How a service's process starts: quickly, because while it starts whoever was with it waits.

Half of what a start costs is reading and making modules, all of which are kept. So nothing is searched for garbage
meanwhile (``service.memory`` begins that again), and a library that is only there for somebody else is not read.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Any

WEB_SOCKETS = ("ws:", "wss:")


def start(service: str, settings: str) -> None:
    """Serve until told to end: what a service is made of and the class of its settings, each as ``module:name``.

    To be called by a module that has imported nothing else.
    """
    begin()
    from relevo_chassis.given.settings import read_settings
    from relevo_chassis.service.assembly import application
    from relevo_chassis.service.server import run

    found = read_settings(named(settings))
    run(application(found, named(service)), found)


def begin() -> None:
    """From here on imports are quick."""
    gc.disable()
    _import_nats_without_web_sockets()


def named(place: str) -> Any:
    """What stands under a name in a module."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def _import_nats_without_web_sockets() -> None:
    """nats-py reads aiohttp wherever it is installed, an eighth of a second, for servers reached by web sockets."""
    if "aiohttp" in sys.modules or os.environ.get("RELEVO_NATS_URL", "").startswith(WEB_SOCKETS):
        return
    sys.modules["aiohttp"] = None  # type: ignore[assignment]  # as if it were not installed
    try:
        import_module("nats")
    finally:
        del sys.modules["aiohttp"]
