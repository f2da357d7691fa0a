"""What people said about themselves, corrected: by them at once, by staff on record (rules 1, 14, 18, 19, 22)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any, NamedTuple

import pytest

from relevo_chassis.ids import new_id
from relevo_contracts.intake import ApplicantDetailsCorrected
from relevo_intake.letters.gathering import Gatherer
from relevo_intake.letters.mail import MailRefused
from relevo_intake.letters.pace import GATHERED_FOR
from relevo_intake.letters.render import MailMessage
from relevo_intake.letters.sender import Sender
from relevo_intake.letters.truth import facts_now
from relevo_testkit.records import decisions_of, readings_of
from relevo_testkit.stand import known_as

Choosing = Any
NEW = "ana.nueva@correo.org"
STAFF = {"reason": "Escribió que su dirección tenía un error."}


class Post:
    """The sender with a mail server in memory, which refuses some addresses for good."""

    def __init__(self, choosing: Choosing) -> None:
        self.refused: set[str] = set()
        self.sent: list[MailMessage] = []
        shell = choosing.on.shell
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.sender = Sender(
            shell.store,
            shell.vault,
            self,
            lambda rows: facts_now(shell.store, rows, shell.clock.now()),
            mail_from="letters@relevo.net",
            public_url="https://relevo.net",
            door_url="https://relevo.net",
            now=lambda: self.now,
        )
        self.gatherer = Gatherer(
            shell.store,
            lambda rows: facts_now(shell.store, rows, shell.clock.now()),
            now=lambda: shell.clock.now() + GATHERED_FOR,
        )

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Post]:
        yield self

    async def send(self, envelope: MailMessage) -> None:
        if envelope.to in self.refused:
            raise MailRefused(550)
        self.sent.append(envelope)

    async def out(self) -> dict[str, list[str]]:
        """Send all that is due within the hour; the texts that went out just now, by address."""
        before = len(self.sent)
        await self.gatherer.gather_due()
        while await self.sender.send_due():
            self.now += timedelta(days=1)
        texts: dict[str, list[str]] = {}
        for each in self.sent[before:]:
            message: Any = message_from_bytes(each.content, policy=policy.default)
            texts.setdefault(each.to, []).append(message.get_content())
        return texts


class There(NamedTuple):
    """A call with one applicant, whose first letter was sent."""

    call: Choosing
    post: Post
    mine: str
    contact: str

    async def own(self) -> Any:
        return await self.call.ask(f"/applications/{self.mine}/details", **self.call.receipt(self.mine))

    async def says(self, **fields: Any) -> Any:
        """What the person corrects with the receipt."""
        path = f"/applications/{self.mine}/details"
        return await self.call.on.post(path, fields, headers=self.call.receipt(self.mine))

    async def staff(self, **fields: Any) -> Any:
        path = f"/applications/{self.mine}/corrections"
        return await self.call.on.post(path, {**STAFF, **fields}, headers=self.call.coordinator)

    async def seated(self) -> str:
        """The applicant takes part; the participant's id."""
        await self.call.close()
        await self.call.review_all()
        await self.call.selected(seats=1)
        offer = (await self.call.ask(f"/applications/{self.mine}/offer", **self.call.receipt(self.mine)))["offer"]
        accepted = await self.call.post(f"/offers/{offer['offer_id']}/accept", None, self.call.receipt(self.mine))
        return str(accepted["participant_id"])


@pytest.fixture
async def there(call_with: Any) -> AsyncIterator[There]:
    async with call_with() as call:
        mine = await call.apply(1)
        post = Post(call)
        await post.out()
        yield There(call, post, mine, "person1@correo.org")


def code_in(text: str) -> str:
    found = re.search(r"/confirm/(\S+)", text)
    assert found
    return found.group(1)


async def pressed(there: There, code: str) -> Any:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return await there.call.on.http.post(f"/confirm/{code}", headers=form, content=b"")


def linked(there: There, application_id: str) -> list[tuple[str, bool]]:
    """Who is linked to the contact of an application, and whether they were withdrawn from it."""
    contact = there.call.on.store.collections["contact"][there.call.contact_of(application_id)]["state"]
    return [(each["application_id"], each["withdrawn"]) for each in contact["linked"]]


async def test_a_person_corrects_what_they_said_of_themselves_at_once(there: There) -> None:
    fields = {"name": "Ana Correcta", "language": "fr", "display": "named"}
    answer = await there.says(**fields)
    assert answer.status_code == 200, answer.text
    own = await there.own()
    assert {name: own[name] for name in fields} == fields
    assert own["contact"] == there.contact
    assert [(each["details"], each["by"]) for each in own["corrections"]] == [(["display", "language", "name"], "you")]
    sent_in = await there.call.ask(f"/applications/{there.mine}/submission", **there.call.receipt(there.mine))
    assert sent_in["identity"]["name"] == "Ana Correcta"
    assert await there.post.out() == {}, "who does it knows it"


async def test_what_is_so_already_is_no_correction_and_a_repeat_is_one(there: There) -> None:
    await there.says(contact=there.contact, name="CANARYNAME1")
    assert (await there.own())["corrections"] == []
    key, path = new_id(), f"/applications/{there.mine}/details"
    receipt = there.call.receipt(there.mine)
    answers = [await there.call.on.post(path, {"name": "Ana"}, key=key, headers=receipt) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert len((await there.own())["corrections"]) == 1


@pytest.mark.parametrize(
    "fields",
    [{}, {"name": None}, {"language": None}, {"name": "\u200b"}, {"contact": "ana@hotmail.com,mx"}, {"country": "PE"}],
)
async def test_what_cannot_be_corrected_is_refused(there: There, fields: dict[str, Any]) -> None:
    assert (await there.says(**fields)).status_code == 422
    assert (await there.own())["corrections"] == []


async def test_nobody_corrects_more_than_five_times_a_day(there: There) -> None:
    answers = [await there.says(name=f"Ana {'x' * number}") for number in range(6)]
    assert [each.status_code for each in answers] == [200] * 5 + [429]
    there.call.on.clock.at += timedelta(hours=24)
    assert (await there.says(name="Ana")).status_code == 200


async def test_rule_20_letters_go_to_the_new_contact_and_the_old_one_is_told(there: There) -> None:
    await there.says(contact=NEW)
    texts = await there.post.out()
    assert texts.keys() == {NEW, there.contact}
    assert "ya no vienen a esta dirección" in texts[there.contact][0]
    assert NEW not in str(texts[there.contact])
    letters = there.call.on.store.collections["letters"].values()
    assert not any(row.get("to") for row in letters), "the old address is kept no longer than its letter needs"


async def test_rule_1_while_the_call_is_open_the_application_is_linked_to_its_new_contact(there: There) -> None:
    other = await there.call.apply(2)
    [receipt] = (await there.post.out())["person2@correo.org"]
    await there.call.post("/confirmations", {"code": code_in(receipt)}, {"X": "x"})
    old_contact = there.call.contact_of(there.mine)
    await there.says(contact="PERSON2@correo.org")
    assert linked(there, there.mine) == [(other, False), (there.mine, False)]
    left = there.call.on.store.collections["contact"][old_contact]["state"]["linked"]
    assert [(each["application_id"], each["withdrawn"]) for each in left] == [(there.mine, True)]
    await there.call.close()
    undecided = await there.call.ask(f"/calls/{there.call.call_id}/undecided-contacts")
    assert undecided["items"] == [], "the one that was confirmed stands"


async def test_rule_1_a_letter_to_the_old_contact_confirms_nothing_for_the_new_one(there: There) -> None:
    there.call.on.store.collections["letters"].clear()
    stranger = await there.call.apply(3)
    [receipt] = (await there.post.out())["person3@correo.org"]
    path = f"/applications/{stranger}/details"
    await there.call.on.post(path, {"contact": NEW}, headers=there.call.receipt(stranger))
    assert (await pressed(there, code_in(receipt))).status_code == 404
    [fresh] = (await there.post.out())[NEW]
    assert (await pressed(there, code_in(fresh))).status_code == 200


async def test_a_mailbox_cannot_be_flooded_by_naming_it_again_and_again(there: There) -> None:
    numbers = range(40, 60)
    applications = [await there.call.apply(number) for number in numbers]
    await there.post.out()
    for each in applications:
        path, receipt = f"/applications/{each}/details", there.call.receipt(each)
        await there.call.on.post(path, {"contact": "victim@correo.org"}, headers=receipt)
        await there.call.on.post(path, {"contact": f"{each}@correo.org"}, headers=receipt)
    texts = await there.post.out()
    asked = [text for text in texts["victim@correo.org"] if "/confirm/" in text]
    assert len(asked) <= 10


async def test_rule_1_after_the_close_letters_go_elsewhere_and_who_stands_does_not_change(there: There) -> None:
    other = await there.call.apply(2)
    await there.call.close()
    await there.post.out()
    before = there.call.contact_of(there.mine)
    await there.says(contact="person2@correo.org")
    assert there.call.contact_of(there.mine) == before
    assert linked(there, other) == [(other, False)]
    assert (await there.own())["contact"] == "person2@correo.org"


async def test_rule_24_a_contact_can_be_taken_away_and_given_later(there: There) -> None:
    await there.says(contact=None)
    texts = await there.post.out()
    assert texts.keys() == {there.contact}
    own = await there.call.ask(f"/applications/{there.mine}", **there.call.receipt(there.mine))
    assert own["letters"] == "none"
    assert linked(there, there.mine) == [(there.mine, False)]
    await there.says(contact=NEW)
    assert (await there.post.out()).keys() == {NEW}
    own = await there.call.ask(f"/applications/{there.mine}", **there.call.receipt(there.mine))
    assert own["letters"] == "arriving"


async def test_rule_19_a_contact_changed_by_staff_counts_when_its_holder_confirms_it(there: There) -> None:
    answer = await there.staff(contact=NEW)
    assert answer.json()["contact_awaits_confirmation"] is True
    own = await there.own()
    assert (own["contact"], own["proposed_contact"]) == (there.contact, NEW)
    texts = await there.post.out()
    assert texts.keys() == {NEW, there.contact}
    assert "Así será cuando se confirme desde allí" in texts[there.contact][0]
    code = code_in(texts[NEW][0])
    asked = await there.call.on.http.get(f"/confirm/{code}?lang=es")
    assert "Sí, esta dirección es mía" in asked.text
    assert (await there.own())["contact"] == there.contact, "opening a link changes nothing"
    assert (await pressed(there, code)).status_code == 200
    own = await there.own()
    assert (own["contact"], own["proposed_contact"]) == (NEW, None)
    assert (await pressed(there, code)).status_code == 200, "pressed again, it changes nothing"


async def test_rule_19_nothing_is_recovered_for_seven_days_by_a_contact_that_staff_changed(there: There) -> None:
    assert (await there.own())["no_recovery_until"] is None
    await there.staff(contact=NEW)
    assert (await there.own())["no_recovery_until"] == "2019-09-19T00:00:00Z"
    there.call.on.clock.at += timedelta(days=3)
    await pressed(there, code_in((await there.post.out())[NEW][0]))
    assert (await there.own())["no_recovery_until"] == "2019-09-22T00:00:00Z"


async def test_rule_19_the_person_may_refuse_what_staff_proposed(there: There) -> None:
    await there.staff(contact=NEW)
    code = code_in((await there.post.out())[NEW][0])
    path = f"/applications/{there.mine}/proposed-contact/refuse"
    assert (await there.call.on.post(path, headers=there.call.receipt(there.mine))).status_code == 200
    assert (await pressed(there, code)).status_code == 404
    own = await there.own()
    assert (own["contact"], own["proposed_contact"]) == (there.contact, None)
    assert (await there.call.on.post(path, headers=there.call.receipt(there.mine))).status_code == 404


async def test_rule_19_a_proposed_contact_waits_for_two_weeks(there: There) -> None:
    await there.staff(contact=NEW)
    code = code_in((await there.post.out())[NEW][0])
    there.call.on.clock.at += timedelta(days=14)
    assert (await pressed(there, code)).status_code == 404
    own = await there.own()
    assert (own["contact"], own["proposed_contact"]) == (there.contact, None)


async def test_rule_19_that_somebody_gave_no_contact_binds_staff_too(there: There) -> None:
    await there.says(contact=None)
    refused = await there.staff(contact=NEW)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:relevo:problem:no-contact-was-chosen")
    assert (await there.staff(contact=None)).status_code == 422
    assert (await there.staff(name="Ana")).status_code == 200


async def test_rule_18_staff_may_hide_a_name_and_only_its_holder_shows_it(there: There) -> None:
    refused = await there.staff(display="named")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:relevo:problem:only-the-holder-shows-the-name")
    await there.says(display="named")
    assert (await there.staff(display="unnamed")).status_code == 200
    assert (await there.own())["display"] == "unnamed"


async def test_rule_20_who_is_corrected_by_staff_is_told_and_sees_what(there: There) -> None:
    await there.staff(name="Ana Correcta")
    [letter] = (await there.post.out())[there.contact]
    assert "Hemos corregido algo" in letter
    assert "Ana" not in letter
    own = await there.own()
    assert [(each["details"], each["by"]) for each in own["corrections"]] == [(["name"], "staff")]


async def test_rule_22_a_correction_by_staff_is_on_record_with_who_when_and_a_sealed_reason(there: There) -> None:
    assert (await there.staff(name="Ana", reason="")).status_code == 422
    before = len(readings_of(there.call.on.store))
    await there.staff(name="Ana Correcta")
    assert len(readings_of(there.call.on.store)) == before + 1
    [decision] = [each for each in decisions_of(there.call.on.store) if each["code"] == "corrected_name"]
    assert decision["by"] == known_as("coo")
    listed = await there.call.ask(f"/applications/{there.mine}/corrections")
    [correction] = listed["items"]
    assert (correction["details"], correction["by"], correction["reason"]) == (
        ["name"],
        known_as("coo"),
        STAFF["reason"],
    )
    kept = {name: rows for name, rows in there.call.on.store.collections.items()}
    assert STAFF["reason"] not in str(kept)
    assert "Correcta" not in str(kept)


async def test_rule_20_a_contact_that_bounced_is_corrected_and_what_had_failed_goes_to_the_new_one(
    there: There,
) -> None:
    await there.call.close()
    there.post.refused.add(there.contact)
    await there.call.review_all()
    await there.call.selected(seats=1)
    await there.post.out()
    seating = await there.call.ask(f"/calls/{there.call.call_id}/seating")
    assert seating["unreached"] == [there.mine]
    await there.staff(contact=NEW)
    texts = await there.post.out()
    assert texts.keys() == {NEW}
    assert (await there.call.ask(f"/calls/{there.call.call_id}/seating"))["unreached"] == [there.mine]
    await pressed(there, code_in(texts[NEW][0]))
    texts = await there.post.out()
    assert any("le reservamos una plaza" in text for text in texts[NEW])
    assert (await there.call.ask(f"/calls/{there.call.call_id}/seating"))["unreached"] == []


async def test_rule_18_others_are_told_that_a_participants_details_were_corrected_and_not_what(there: There) -> None:
    await there.says(name="Ana Antes")
    assert there.call.events(ApplicantDetailsCorrected) == []
    participant_id = await there.seated()
    await there.says(name="Ana Correcta")
    await there.staff(contact=NEW)
    events = there.call.events(ApplicantDetailsCorrected)
    assert [each["participant_id"] for each in events] == [participant_id], "a proposal corrects nothing yet"
    assert events[0].keys() == {"participant_id", "edition_id", "corrected_at"}
    await pressed(there, code_in((await there.post.out())[NEW][0]))
    assert len(there.call.events(ApplicantDetailsCorrected)) == 2
    service = there.call.on.tokens.bearer("certification", "service")
    path = f"/participants/{participant_id}/identity?purpose=certificate"
    assert (await there.call.ask(path, **service))["name"] == "Ana Correcta"


async def test_nothing_is_corrected_of_an_application_that_was_withdrawn(there: There) -> None:
    await there.call.post(f"/applications/{there.mine}/withdraw", None, there.call.receipt(there.mine))
    assert (await there.says(name="Ana")).json()["type"] == "urn:relevo:problem:application-was-withdrawn"
    assert (await there.staff(name="Ana")).status_code == 409


async def test_rule_14_an_erasure_leaves_no_trace_at_any_contact_that_was_ever_named(there: There) -> None:
    await there.says(contact=NEW)
    await there.says(contact="third@correo.org")
    await there.staff(contact="fourth@correo.org")
    await there.call.post(f"/applications/{there.mine}/erase", None, there.call.receipt(there.mine))
    kept = there.call.on.store.collections
    assert [dict(kept[name]) for name in ("vault", "vault_keys", "letters", "contact")] == [{}, {}, {}, {}]
    details = kept["details"][there.mine]["state"]
    assert (details["left"], details["proposed"]) == ([], None)
    assert (await there.staff(name="Ana")).status_code in (404, 410)


async def test_nobody_elses_details_are_read_or_corrected(there: There) -> None:
    other = await there.call.apply(2)
    stranger = there.call.receipt(other)
    path = f"/applications/{there.mine}/details"
    assert (await there.call.on.http.get(path, headers=stranger)).status_code == 404
    assert (await there.call.on.post(path, {"name": "Ana"}, headers=stranger)).status_code == 404
