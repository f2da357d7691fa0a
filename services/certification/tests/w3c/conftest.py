"""The adapter, as a module, and a client of it."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
import pytest_asyncio

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
URL = "http://issuer.test"


@pytest.fixture(scope="session")
def w3c() -> ModuleType:
    spec = importlib.util.spec_from_file_location("w3c_adapter", Path(__file__).parent / "adapter.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def adapter(w3c: ModuleType) -> Any:
    examples = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}
    return w3c.Adapter(URL, {EXAMPLES: examples}, with_status=True)


@pytest_asyncio.fixture
async def api(w3c: ModuleType, adapter: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=w3c.application(adapter))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client
