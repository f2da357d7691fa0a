"""What is signed of a document: all that it shows, each node read under its own context, as others read it too."""

from __future__ import annotations

import copy
import gc
import json
import random
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relevo_certification.assets.pinned import CREDENTIALS_V2, OPEN_BADGES
from relevo_certification.credential import proof, text
from relevo_certification.credential.canonical import SHIPPED, Canonicalizer, TermsLost, Unsignable
from relevo_certification.credential.contexts import ContextNotShipped, shipped
from relevo_certification.credential.keys import Keys

V2 = [CREDENTIALS_V2]
BADGE = [CREDENTIALS_V2, OPEN_BADGES]
ISSUER, SUBJECT = "did:web:certificados.oas.test", "did:example:holder"
Json = dict[str, Any]


def credential(**members: Any) -> Json:
    return {
        "@context": V2,
        "type": ["VerifiableCredential"],
        "issuer": ISSUER,
        "credentialSubject": {"id": SUBJECT},
    } | members


def presentation(*credentials: Any, **members: Any) -> Json:
    return {"@context": V2, "type": ["VerifiablePresentation"], "verifiableCredential": list(credentials)} | members


def badge(making: Any) -> Json:
    own = text.Particulars("1" * 32, "2" * 32, text.Entry(1, 7), making.issued_at, "es", "María José")
    return text.credential(text.Issuer(ISSUER, making.site), making.edition_id, making.facts(), own)


LINKED: dict[str, Json] = {
    "a subject with an id alone": credential(),
    "an issuer with an id alone": credential(issuer={"id": ISSUER}),
    "two subjects": credential(credentialSubject=[{"id": SUBJECT}, {"id": "did:example:other", "name": "Ana"}]),
    "related resources": credential(relatedResource=[{"id": "https://x.test/a", "digestSRI": "sha384-abc"}]),
    "a schema": credential(credentialSchema={"id": "https://x.test/schema", "type": "JsonSchema"}),
    "a text with language and direction": credential(name={"@value": "عنا", "@language": "ar", "@direction": "rtl"}),
    "texts in languages": credential(
        name=[{"@value": "Curso", "@language": "es-MX"}, {"@value": "Course", "@language": "en"}]
    ),
    "a presentation": presentation(credential(), holder=SUBJECT),
    "a presentation whose holder has an id alone": presentation(credential(), holder={"id": SUBJECT}),
    "a presentation of an enveloped one": presentation(
        {"@context": V2, "id": "data:application/vc+jwt,a.b.c", "type": "EnvelopedVerifiableCredential"}
    ),
    "an inner context that says more": presentation(
        credential(
            **{
                "@context": BADGE,
                "type": ["VerifiableCredential", "OpenBadgeCredential"],
                "awardedDate": "2020-01-01T00:00:00Z",
            }
        )
    ),
    "numbers": credential(
        **{"@context": BADGE, "credentialSubject": {"type": ["AchievementSubject"], "creditsEarned": 35.5}}
    ),
}
LOST: dict[str, Json] = {
    "an unknown term": credential(grade="excellent"),
    "an unknown term of the subject": credential(credentialSubject={"id": SUBJECT, "grade": "excellent"}),
    "an unknown type": credential(type=["VerifiableCredential", "Hero"]),
    "an unknown term in a nested proof": credential(proof={"type": "DataIntegrityProof", "mood": "x"}),
    "a term of proofs outside of a proof": credential(cryptosuite="eddsa-rdfc-2022"),
    "a term of credentials inside a proof": credential(
        proof={"type": "DataIntegrityProof", "validFrom": "2020-01-01T00:00:00Z"}
    ),
    "a term that only the outer context defines": presentation(
        credential(awardedDate="2020-01-01T00:00:00Z"), **{"@context": BADGE}
    ),
    "an unknown term in a nested credential": presentation(credential(grade="excellent")),
    "a relative id": credential(id="one"),
    "an empty id": credential(id=""),
    "an id with a blank": credential(id="urn:one two"),
    "an id known here alone": credential(id="_:b0"),
    "an issuer with a blank": credential(issuer="did:web:a b"),
    "a keyword that is none": credential(**{"@bogus": "x"}),
    "a type that looks like a keyword": credential(type=["VerifiableCredential", "@bogus"]),
    "null": credential(name=None),
    "null in a list": credential(name=["Curso", None]),
    "a value that is null": credential(name={"@value": None}),
    "a language without a text": credential(name={"@language": "en"}),
    "a language that is none": credential(name={"@value": "Curso", "@language": "no such language"}),
    "an index": credential(name={"@value": "Curso", "@index": "1"}),
    "an index of a node": credential(credentialSubject={"id": SUBJECT, "@index": "1"}),
    "nothing but an id": {"@context": V2, "id": SUBJECT},
    "nothing at all": {"@context": V2},
    "a text where a node has to be": {"@context": V2, "@graph": ["text", credential()]},
    "an id alone in a graph": {"@context": V2, "@graph": [{"id": SUBJECT}, {"id": ISSUER, "name": "Ana"}]},
    "an id alone in place of a credential": presentation({"id": "urn:uuid:1"}),
    "an address in place of a credential": presentation("https://x.test/credential"),
}


@pytest.mark.parametrize("name", LINKED)
def test_an_object_with_an_id_alone_and_a_nested_one_with_its_own_context_are_not_lost(
    name: str, verifier: Any, tmp_path: Path
) -> None:
    file = tmp_path / "document.json"
    file.write_text(json.dumps(LINKED[name]), encoding="utf-8")
    [answer] = verifier.canonical([file])
    assert SHIPPED.canonical(LINKED[name]).decode() == answer.get("nquads"), answer


@pytest.mark.parametrize("name", LOST)
def test_what_would_be_shown_and_not_signed_is_refused(name: str) -> None:
    with pytest.raises(TermsLost):
        SHIPPED.canonical(LOST[name])


def test_other_peoples_code_verifies_objects_with_an_id_alone_and_texts_with_a_direction(
    keys: Keys, making: Any, verifier: Any, tmp_path: Path
) -> None:
    files, lists = [], list[Path]()
    for number, document in enumerate(LINKED.values()):
        if "issuer" in document:
            own = {**document, "issuer": keys.did, "validFrom": "2020-01-01T00:00:00Z"}
            files.append(tmp_path / f"{number}.json")
            files[-1].write_text(json.dumps(proof.secured(own, keys, making.issued_at)), encoding="utf-8")
    did = tmp_path / "did.json"
    did.write_text(json.dumps(keys.did_document()), encoding="utf-8")
    found = verifier.outcomes(files, did, lists, making.issued_at)
    assert [each for each in found if each["outcome"] != "valid"] == []
    assert len(found) > 5


def test_a_credential_with_its_proof_and_a_presentation_of_it_lose_nothing(making: Any, keys: Keys) -> None:
    signed = proof.secured(badge(making), keys, making.issued_at)
    for whole in (signed, presentation(signed, holder=SUBJECT)):
        before = SHIPPED.canonical(whole)
        for steps in leaves(whole):
            if "@context" not in steps:
                assert differs(altered(whole, steps), before), steps
                assert differs(removed(whole, steps), before), steps


def leaves(value: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*steps, key))
    else:
        yield steps


def differs(document: Json, before: bytes) -> bool:
    try:
        return SHIPPED.canonical(document) != before
    except Unsignable:
        return True


def altered(document: Json, steps: tuple[Any, ...]) -> Json:
    made, place = placed(document, steps)
    place[steps[-1]] = not place[steps[-1]] if isinstance(place[steps[-1]], bool) else f"{place[steps[-1]]}x"
    return made


def removed(document: Json, steps: tuple[Any, ...]) -> Json:
    made, place = placed(document, steps)
    del place[steps[-1]]
    return made


def placed(document: Json, steps: tuple[Any, ...]) -> tuple[Json, Any]:
    made = copy.deepcopy(document)
    place: Any = made
    for step in steps[:-1]:
        place = place[step]
    return made, place


SCOPED: Json = {
    "type": "@type",
    "id": "@id",
    "knows": {"@id": "https://x.test/knows", "@context": {"nick": "https://x.test/nick"}},
    "Cat": {"@id": "https://x.test/Cat", "@context": {"purr": "https://x.test/purr", "owner": "https://x.test/owner"}},
    "Dog": {"@id": "https://x.test/Dog", "@context": {"@propagate": True, "bark": "https://x.test/bark"}},
    "name": {"@id": "https://x.test/name", "@protected": True},
    "detail": {"@id": "https://x.test/detail", "@type": "@json"},
}


@pytest.mark.parametrize(
    ("document", "kept"),
    [
        ({"knows": {"nick": "Ana"}}, True),
        ({"nick": "Ana"}, False),
        ({"knows": {"knows": {"name": "x"}, "nick": "Ana"}}, True),
        ({"type": "Cat", "purr": "loud"}, True),
        ({"type": "Cat", "owner": {"purr": "loud"}}, False),
        ({"type": "Cat", "owner": {"type": "Cat", "purr": "loud"}}, True),
        ({"type": "Dog", "knows": {"bark": "loud"}}, True),
        ({"type": ["Cat", "Dog"], "purr": "loud", "bark": "loud"}, True),
        ({"@context": {"mood": "https://x.test/mood"}, "mood": "good"}, True),
        ({"knows": {"@context": {"mood": "https://x.test/mood"}, "mood": "good"}, "name": "x"}, True),
        ({"knows": {"@context": {"mood": "https://x.test/mood"}, "nick": "x"}, "mood": "good"}, False),
        ({"knows": {"@context": {"mood": "_:mood"}, "mood": "good"}}, False),
        ({"detail": {"any": [None, {"thing": 1}]}}, True),
    ],
)
def test_each_node_is_read_under_its_own_context(document: Json, kept: bool) -> None:
    inner = document.get("@context")
    whole = {**document, "@context": ["https://x.test/v1", *([inner] if inner else [])]}
    reads = Canonicalizer({"https://x.test/v1": {"@context": SCOPED}}.__getitem__)
    if kept:
        assert reads.canonical(whole).count(b"\n") >= 1
    else:
        with pytest.raises(TermsLost):
            reads.canonical(whole)


def test_a_protected_term_cannot_be_given_another_meaning() -> None:
    reads = Canonicalizer({"https://x.test/v1": {"@context": SCOPED}}.__getitem__)
    with pytest.raises(Unsignable, match="protected term redefinition"):
        reads.canonical({"@context": ["https://x.test/v1", {"name": "https://y.test/name"}], "name": "Ana"})


def test_a_context_of_a_nested_node_that_is_not_shipped_is_not_taken() -> None:
    with pytest.raises(ContextNotShipped):
        SHIPPED.canonical(presentation(credential(**{"@context": ["https://elsewhere.test/v1"]})))


@pytest.mark.parametrize(
    "document",
    [
        {"@context": V2, "id": "urn:x", "name": "x" * 70_000},
        {"@context": V2, "id": "urn:x", "type": 7},
        {"@context": 7, "id": "urn:x", "name": "Ana"},
        {"@context": V2, "id": ["urn:x"], "name": "Ana"},
        {"@context": V2, "id": "urn:x%zz", "name": "Ana"},
        {"@context": V2, "id": "urn:x", "name": float("nan")},
    ],
)
def test_what_is_no_linked_data_is_refused_and_not_an_error(document: Json) -> None:
    with pytest.raises(Unsignable):
        SHIPPED.canonical(document)


def test_a_document_that_is_nested_very_deep_is_refused() -> None:
    document: Any = {"name": "x"}
    for _ in range(2_000):
        document = {"credentialSubject": document}
    with pytest.raises(Unsignable, match="too deep"):
        SHIPPED.canonical({"@context": V2, **document})


def test_the_contexts_are_loaded_once_and_strangers_contexts_are_not_kept() -> None:
    asked: list[str] = []

    def load(url: str) -> Json:
        asked.append(url)
        return shipped(url)

    reads = Canonicalizer(load)

    def read(number: int) -> None:
        own = {f"t{number}": f"https://x.test/{number}/{'long' * 2_000}"}
        reads.canonical({"@context": [*V2, own], "id": "urn:x", f"t{number}": "x"})

    for number in range(50):
        read(number)
    tracemalloc.start()
    for number in range(50, 250):
        read(number)
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert asked == V2
    assert kept < 200 * 8_000 / 4


def test_what_one_document_says_in_a_context_of_its_own_is_not_remembered_for_another() -> None:
    for turn in range(300):
        place = f"https://x.test/{turn % 7}#"
        inner = {"@context": V2, "id": "urn:y", "mood": "good"}
        quads = SHIPPED.canonical({"@context": [{"@vocab": place}], "@id": "urn:x", "knows": inner})
        assert f"<urn:x> <{place}knows> <urn:y> .".encode() in quads
        assert f'<urn:y> <{place}mood> "good" .'.encode() in quads


def test_documents_written_in_another_order_are_signed_alike(making: Any) -> None:
    dice, whole = random.Random(7), badge(making)
    expected = SHIPPED.canonical(whole)
    for _ in range(5):
        assert SHIPPED.canonical(shuffled(whole, dice)) == expected


def shuffled(value: Any, dice: random.Random) -> Any:
    if isinstance(value, dict):
        names = list(value)
        dice.shuffle(names)
        return {name: shuffled(value[name], dice) if name != "@context" else value[name] for name in names}
    return [shuffled(each, dice) for each in value] if isinstance(value, list) else value
