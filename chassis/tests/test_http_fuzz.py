"""Whatever arrives: refused in the way that was said, and never in another."""

import contextlib
import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevo_chassis.http.body import DEEPEST, NotSoundJson, check_json
from relevo_chassis.http.etag import etag_of
from relevo_chassis.http.once import is_strong
from relevo_chassis.http.paging import BadCursor, Cursors
from relevo_chassis.http.tokens import IssuedTokens, Issuer, IssuerKeys, NotAuthenticated
from relevo_chassis.ids import new_id, normalised
from relevo_chassis.people.root import VaultRoot
from relevo_chassis.people.vault import ClassKey, SealBroken, ServiceKey

VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), inner),
    max_leaves=20,
)
PIECES = st.sampled_from(
    ["{", "}", "[", "]", '"', ",", ":", "1e999", "NaN", "-", "0", "\\u0000", "\\ud800", "a", " ", "null", "\\", "é"]
)


@given(VALUES)
def test_every_sound_value_passes(value: Any) -> None:
    check_json(json.dumps(value).encode())
    check_json(json.dumps(value, ensure_ascii=False).encode())


@given(st.binary(max_size=200) | st.lists(PIECES, max_size=40).map(lambda pieces: "".join(pieces).encode()))
@settings(max_examples=400)
def test_what_passes_reads_the_same_everywhere_and_all_else_is_not_sound(body: bytes) -> None:
    with contextlib.suppress(NotSoundJson):
        check_json(body)
        again = json.dumps(json.loads(body), ensure_ascii=False, allow_nan=False)
        check_json(again.encode())


@given(st.integers(DEEPEST + 1, 3 * DEEPEST), VALUES)
def test_depth_is_counted_whatever_is_inside(depth: int, value: Any) -> None:
    with pytest.raises(NotSoundJson):
        check_json(("[" * depth + json.dumps(value) + "]" * depth).encode())


def _away(_: httpx.Request) -> httpx.Response:
    raise AssertionError("nothing is fetched for what is no token")


@given(st.text(max_size=80) | st.lists(st.binary(max_size=30).map(bytes.hex), max_size=4).map(".".join))
async def test_no_text_is_a_token(text: str) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(_away)) as client:
        tokens = IssuedTokens([Issuer("https://i.local", IssuerKeys(client, "https://i.local"))], audience="a")
        with pytest.raises(NotAuthenticated):
            await tokens.caller(text)


@given(st.text(max_size=80))
def test_no_text_is_a_cursor(text: str) -> None:
    with pytest.raises(BadCursor):
        Cursors(ServiceKey(bytes(range(32))), "list").after(text)


@given(st.binary(max_size=120))
def test_no_bytes_open_under_a_key(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        ClassKey(new_id(), "contact", bytes(32)).open("contact", VaultRoot, sealed)


@given(st.text(max_size=300))
def test_keys_and_codes_are_judged_whatever_they_are(text: str) -> None:
    assert isinstance(is_strong(text), bool)
    assert normalised(normalised(text)) == normalised(text)


@given(st.text(max_size=20), st.text(max_size=20))
def test_tags_tell_states_apart(one: str, other: str) -> None:
    tags = {etag_of(VaultRoot(key_id=text, wrapped="")) for text in (one, other)}
    assert len(tags) == len({one, other})
