"""Prints how services are set, in the packages that Python finds: ``python settable.py SERVICE...``.

It runs with the packages of a release as well as with those of this tree, so it asks of them no more than both have.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

from relevo_chassis.given.settings import ServiceSettings


def settings_of(service: str) -> list[str]:
    found = vars(import_module(f"relevo_{service}.settings")).values()
    classes = [each for each in found if isinstance(each, type) and issubclass(each, ServiceSettings)]
    return sorted({name for each in classes for name in each.model_fields})


if __name__ == "__main__":
    print(json.dumps({service: settings_of(service) for service in sys.argv[1:]}))
