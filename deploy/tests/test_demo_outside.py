"""Looking from outside: what is asked of a public route, and how an answer or a paper is read."""

import base64
import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

from relevo_demo.api import Misbehaved
from relevo_demo.outside import filled_in, readable

KNOWN = {("certification", "token"): ["t1", "t2"]}
WORD = "zq00ff00ff00ff00ff"


def operation(*forms: str, spoken: bool = False) -> dict[str, Any]:
    parameters = [{"name": "lang", "in": "query"}] if spoken else []
    return {"parameters": parameters, "responses": {"200": {"content": {form: {} for form in forms}}}}


def test_a_page_is_read_in_every_language_and_other_forms_once_for_each_value() -> None:
    asked = list(filled_in("certification", "/v/{token}", operation("text/html", "application/vc", spoken=True), KNOWN))
    assert [each.path for each in asked] == ["/v/t1"] * 5 + ["/v/t2"] * 5
    assert [(each.accept, each.params.get("lang")) for each in asked[:5]] == [
        ("text/html", "es"),
        ("text/html", "en"),
        ("text/html", "pt"),
        ("text/html", "fr"),
        ("application/vc", "es"),
    ]


def test_a_route_that_asks_nothing_is_asked_once_whatever_it_answers() -> None:
    [asked] = filled_in("certification", "/.well-known/did.json", {"responses": {}}, KNOWN)
    assert (asked.path, asked.accept, asked.params) == ("/.well-known/did.json", "*/*", {})


def test_a_public_route_that_nobody_knows_how_to_ask_is_told() -> None:
    with pytest.raises(Misbehaved, match="holder may be"):
        list(filled_in("certification", "/v/{token}/{holder}", operation("text/html"), KNOWN))


def test_a_name_is_read_in_a_jwt_and_in_a_pdf(tmp_path: Path) -> None:
    header, payload = (
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in ({"alg": "ES256"}, {"name": WORD})
    )
    assert WORD in readable(b".".join((header, payload, b"c2lnbmVk")))
    figure = plt.figure()
    figure.text(0.1, 0.5, f"Ana {WORD}")
    figure.savefig(tmp_path / "paper.pdf")
    plt.close(figure)
    paper = (tmp_path / "paper.pdf").read_bytes()
    assert WORD.encode() not in paper
    assert WORD in readable(paper)
    assert readable("Ana Núñez".encode()) == "Ana Núñez"
