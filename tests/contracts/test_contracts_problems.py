"""The page of problems in docs: all that services may refuse, and what to do about each of its statuses."""

from __future__ import annotations

import json
import re

from tests.documents import problems

PAGE = problems.page()


def sections() -> dict[str, dict[str, int]]:
    """By heading, each problem of its table with its status."""
    parts = re.findall(r"^## (.+?)$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    rows = {title: re.findall(r"^\| `([a-z-]+)` \| (\d+) \| \S.*\. \|$", text, re.MULTILINE) for title, text in parts}
    return {title: {name: int(status) for name, status in found} for title, found in rows.items()}


def documented(service: str) -> dict[str, int]:
    """Every problem that a service's OpenAPI document names, with its status."""
    document = json.loads((problems.DOCS / "api" / f"{service}.openapi.json").read_text("utf-8"))
    examples = re.findall(
        r'"type": "urn:relevo:problem:([a-z-]+)", "title": "[^"]+", "status": (\d+)', json.dumps(document)
    )
    return {name: int(status) for name, status in examples}


def test_each_problem_of_a_services_document_is_on_the_page_under_the_service_or_under_all() -> None:
    found = sections()
    for service in problems.DOCUMENTED:
        expected = documented(service)
        assert len(expected) > 30
        assert expected.items() <= (found["Of every service"] | found[f"Of {service.replace('_', ' ')}"]).items()


def test_a_problem_stands_once_for_each_service_that_says_it_in_words_of_its_own() -> None:
    shared = sections()["Of every service"].keys()
    for title, rows in sections().items():
        assert title in ("Of every service", "What to do") or not rows.keys() & shared


def test_it_is_said_what_to_do_about_every_status_and_about_no_other() -> None:
    assert problems.ADVICE.keys() == {each.kind.status for each in problems.problems()}
    assert [*problems.ADVICE] == sorted(problems.ADVICE)


def test_every_service_that_has_a_document_of_its_routes_has_its_problems_on_the_page() -> None:
    assert {path.name for path in (problems.DOCS / "api").iterdir()} == {
        f"{service}.openapi.json" for service in problems.DOCUMENTED
    }
