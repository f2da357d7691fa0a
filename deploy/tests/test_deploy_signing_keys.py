"""``relevo signing-keys``: what it writes is what certification takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from relevo_certification.credential.keys import Keys, load
from relevo_deploy.command import main

DID = "did:web:certificates.example.org"
YEAR = datetime.now(UTC).year


def relevo(folder: Path, *words: str) -> int:
    return main(["signing-keys", str(folder), *words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pair that signs, and a fresh one."""
    keys = tmp_path / "signing-keys"
    assert [relevo(keys, "--new") for _ in range(2)] == [0, 0]
    return keys


def key_names(keys: Keys) -> list[str]:
    return [method.partition("#")[2] for method in keys.did_document()["assertionMethod"]]


def test_one_command_makes_a_pair_that_signs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert {path.name for path in folder.iterdir()} == {f"key-{YEAR}-{number}.pem" for number in (1, 2, 3, 4)}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    signer = load(folder, DID).signer()
    assert (signer.proof_name, signer.jwt_name) == (f"key-{YEAR}-3", f"key-{YEAR}-4")
    capsys.readouterr()
    assert relevo(folder) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        [f"key-{YEAR}-{number}", algorithm] for number, algorithm in enumerate(["Ed25519", "P-256"] * 2, start=1)
    ]


def test_a_retired_key_leaves_its_public_half_and_nothing_else(folder: Path) -> None:
    assert relevo(folder, "--retire", f"key-{YEAR}-1") == 0
    assert not (folder / f"key-{YEAR}-1.pem").exists()
    assert "PRIVATE" not in (folder / f"key-{YEAR}-1.pub.pem").read_text()
    assert f"key-{YEAR}-1" in key_names(load(folder, DID))


@pytest.mark.parametrize("retired_before", [False, True])
def test_a_compromised_key_is_marked_with_the_instant_since_when(folder: Path, retired_before: bool) -> None:
    name = f"key-{YEAR}-2"
    if retired_before:
        assert relevo(folder, "--retire", name) == 0
    assert relevo(folder, "--compromised", name, "--since", "2026-03-01T07:00:00-05:00") == 0
    assert {path.name for path in folder.iterdir() if path.name.startswith(name)} == {f"{name}.compromised.pem"}
    keys = load(folder, DID)
    assert name not in key_names(keys)
    [marked] = [each for each in keys.did_document()["verificationMethod"] if each["id"].endswith(name)]
    assert marked["revoked"] == "2026-03-01T12:00:00Z"


def test_it_is_compromised_as_of_now_unless_it_is_said_since_when(folder: Path) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    assert relevo(folder, "--compromised", f"key-{YEAR}-1") == 0
    [at] = [each.compromised_at for each in load(folder, DID).public if each.compromised_at]
    assert before <= at <= datetime.now(UTC)


@pytest.mark.parametrize("how", ["--retire", "--compromised"])
def test_the_last_key_of_an_algorithm_is_not_given_up(
    folder: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert relevo(folder, how, f"key-{YEAR}-1") == 0
    assert relevo(folder, how, f"key-{YEAR}-3") == 2
    assert "--new" in capsys.readouterr().err
    assert load(folder, DID).signer().proof_name == f"key-{YEAR}-3"


@pytest.mark.parametrize("how", ["--retire", "--compromised"])
def test_a_key_that_is_not_there_or_was_given_up_so_before_is_refused(folder: Path, how: str) -> None:
    assert relevo(folder, how, "key-1999-1") == 2
    assert [relevo(folder, how, f"key-{YEAR}-1") for _ in range(2)] == [0, 2]


def test_a_folder_without_keys_says_how_to_make_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert relevo(tmp_path) == 2
    assert "--new" in capsys.readouterr().err
