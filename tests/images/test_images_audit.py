"""The audit is green only when every package was looked up and none is known to be vulnerable.

pip-audit and npm are the real ones; the advisories they ask for are of this machine.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.images.advisories import Advisories, advisories
from tests.images.audit import NO_ANSWER, Audit, joined, of_npm, of_pypi, read_npm_audit, read_pip_audit
from tests.images.containerfiles import ROOT
from tests.images.contents import LOCKED, Pin, locked, pins

BUILD = ROOT / "requirements" / "build.txt"
NAMED = {f"{each.name}=={each.version}" for each in pins(BUILD)}
HATCHLING = next(each for each in sorted(NAMED) if each.startswith("hatchling=="))
NPM = {f"{each.name}=={each.version}" for each in locked(LOCKED)}
FONT = "@fontsource/noto-serif-thai"


def asked_of_osv(server: Advisories, path: Path = BUILD) -> Audit:
    return of_pypi([path], "--vulnerability-service=osv", f"--osv-url={server.url}/v1/query")


def asked_of_npm(server: Advisories) -> Audit:
    return of_npm(LOCKED, f"--registry={server.url}", "--fetch-retries=0")


def test_where_nothing_is_known_all_was_asked_for_and_it_is_green() -> None:
    with advisories() as server:
        found = joined([asked_of_osv(server), asked_of_npm(server)])
    assert (found.code, found.known, found.skipped) == (0, (), {})
    assert server.asked == found.asked == NAMED | NPM


def test_a_vulnerable_package_of_pypi_is_told_with_the_version_that_mends_it() -> None:
    with advisories("hatchling") as server:
        found = asked_of_osv(server)
    assert found.code == 1
    assert found.lines()[0] == f"VULNERABLE {HATCHLING}: PLANTED-1 (mended in 99.1)"


def test_a_vulnerable_package_of_npm_is_told_with_the_versions_that_are() -> None:
    with advisories(FONT) as server:
        found = asked_of_npm(server)
    assert found.code == 1
    assert [(each.package.rpartition("==")[0], each.mended) for each in found.known] == [(FONT, "in versions <99.1")]


@pytest.mark.parametrize("status", [405, 500])
def test_what_was_not_answered_for_is_skipped_and_never_green(status: int) -> None:
    with advisories(status=status) as server:
        found = joined([asked_of_osv(server), asked_of_npm(server)])
    assert (found.code, found.known) == (2, ())
    assert found.skipped.keys() == NAMED | NPM
    assert NO_ANSWER not in found.skipped.values()


def test_where_nobody_answers_everything_is_skipped() -> None:
    with advisories() as server:
        pass
    found = joined([asked_of_osv(server), asked_of_npm(server)])
    assert found.code == 2
    assert found.skipped.keys() == NAMED | NPM


def test_a_package_in_two_versions_is_asked_for_in_both(tmp_path: Path) -> None:
    listed = tmp_path / "requirements.txt"
    listed.write_text("numpy==2.2 ; python_version < '3.12'\nnumpy==2.3 ; python_version >= '3.12'\n", "utf-8")
    with advisories() as server:
        assert asked_of_osv(server, listed).code == 0
    assert server.asked == {"numpy==2.2", "numpy==2.3"}


ASKED = [Pin("a", "1", ()), Pin("b", "2", ()), Pin("c", "3", ())]


def test_each_package_that_pip_audit_skips_or_leaves_out_is_told() -> None:
    answered = [
        {"name": "a", "skip_reason": "Dependency not found on PyPI and could not be audited: a (1)"},
        {"name": "b", "version": "2", "vulns": []},
    ]
    found = read_pip_audit(ASKED, json.dumps({"dependencies": answered}), "")
    assert found.code == 2
    assert found.skipped == {"a==1": "Dependency not found on PyPI and could not be audited", "c==3": NO_ANSWER}


def test_a_package_that_was_answered_for_in_another_version_is_skipped() -> None:
    found = read_pip_audit(
        ASKED[:1], json.dumps({"dependencies": [{"name": "a", "version": "1.0.1", "vulns": []}]}), ""
    )
    assert found.skipped == {"a==1": NO_ANSWER}


def test_a_lock_file_of_which_npm_read_less_is_skipped() -> None:
    answer = {"vulnerabilities": {}, "metadata": {"dependencies": {"total": 2}}}
    assert read_npm_audit(ASKED, json.dumps(answer), "").skipped.keys() == {"a==1", "b==2", "c==3"}
    answer["metadata"]["dependencies"]["total"] = 3
    assert read_npm_audit(ASKED, json.dumps(answer), "").code == 0


def test_an_audit_of_nothing_is_not_green() -> None:
    assert joined([]).code == 2


def test_what_is_known_counts_more_than_what_was_skipped() -> None:
    vulnerable = {"name": "a", "version": "1", "vulns": [{"id": "PLANTED-1", "fix_versions": []}]}
    found = read_pip_audit(ASKED, json.dumps({"dependencies": [vulnerable]}), "")
    assert found.code == 1
    assert found.lines() == [
        "VULNERABLE a==1: PLANTED-1 (not mended yet)",
        f"SKIPPED 2, {NO_ANSWER}: b==2, c==3",
        "3 packages, 2 skipped, 1 vulnerabilities known",
    ]
