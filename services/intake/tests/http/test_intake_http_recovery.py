"""A lost receipt code (rule 19): recovered by a word or after a waiting time, and no way in for whoever reads mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from relevo_chassis.delivery.deadlines import Deadline
from relevo_intake.codes import recovery_code
from relevo_intake.commands.office import Office
from relevo_intake.commands.recovery import answer_lost
from relevo_intake.deadlines import RECOVERY_OPENS, on_recovery_opening_due
from relevo_intake.letters.truth import facts_now
from relevo_testkit.stand import Stand

Form = Callable[..., dict[str, Any]]
CONTACT, WORD = "ana@correo.org", "Ceiba junto al río"


class Person:
    """Somebody who applied, and what the mailbox of their contact holds."""

    def __init__(self, intake: Stand, receipt: dict[str, Any]) -> None:
        self.intake, self.id = intake, str(receipt["application_id"])
        self.code = {"Relevo-Receipt": str(receipt["receipt_code"])}

    async def choose(self, **form: Any) -> httpx.Response:
        return await self.intake.post("/me/recovery/choose", form, headers=self.code)

    async def lose(self, contact: str = CONTACT, word: str | None = None) -> httpx.Response:
        answer = await self.intake.http.post("/lost", json={"contact": contact, **({"word": word} if word else {})})
        await answer_lost(Office.of(self.intake.shell), self.intake.clock.now())
        return answer

    async def waited(self, **time: float) -> None:
        """Domain time passes, and what is due happens."""
        self.intake.clock.at += timedelta(**time)
        now = self.intake.clock.now()
        for id, row in list(self.intake.store.collections["deadlines"].items()):
            if row["kind"] == RECOVERY_OPENS and row["due_at"] <= now:
                due = Deadline(id, row["kind"], row["aggregate_id"], row["due_at"], row["facts"])
                await self.intake.shell.committer.commit(on_recovery_opening_due(due, now))
                del self.intake.store.collections["deadlines"][id]

    async def letters(self, kind: str) -> list[dict[str, Any]]:
        """Those of a kind that would go out now."""
        rows = [each for each in self.intake.store.collections["letters"].values() if each["kind"] == kind]
        true = await facts_now(self.intake.shell.store, rows, self.intake.clock.now())
        return [each for each in rows if true[each["_id"]] is not None]

    async def code_in_the_letter(self) -> str:
        [letter] = await self.letters("recovery")
        return recovery_code(self.intake.shell.vault, letter["facts"]["ask_id"])

    async def renew(self, code: str) -> httpx.Response:
        return await self.intake.http.post("/recoveries", json={"code": code})

    async def opens(self) -> int:
        """What the code that they hold answers."""
        return (await self.intake.http.get("/me", headers=self.code)).status_code


@pytest.fixture(params=["at once", "from a draft"])
async def ana(request: pytest.FixtureRequest, intake: Stand, call_id: str, application_form: Form) -> Person:
    form = application_form(contact=CONTACT)
    if request.param == "at once":
        return Person(intake, (await intake.post(f"/calls/{call_id}/applications", form)).json())
    form.pop("consent")
    draft = (await intake.post(f"/calls/{call_id}/drafts", form)).json()
    receipt = {"Relevo-Receipt": draft["receipt_code"]}
    sent = await intake.post(f"/drafts/{draft['draft_id']}/submit", {"consent": True}, headers=receipt)
    assert sent.status_code == 201, sent.text
    return Person(intake, {**draft, **sent.json()})


async def test_rule_19_after_the_waiting_time_a_letter_brings_another_code_and_the_old_one_opens_nothing(
    ana: Person,
) -> None:
    assert (await ana.lose()).status_code == 202
    assert await ana.letters("recovery") == []
    [notice] = await ana.letters("recovery_asked")
    assert datetime.fromisoformat(notice["facts"]["opens_at"]) == ana.intake.clock.now() + timedelta(hours=72)
    await ana.waited(hours=71, minutes=59)
    assert (await ana.letters("recovery"), await ana.opens()) == ([], 200)
    await ana.waited(minutes=1)
    session = await ana.intake.http.post("/sessions", headers=ana.code)
    renewed = await ana.renew(await ana.code_in_the_letter())
    assert (renewed.status_code, renewed.json()["application_id"]) == (201, ana.id)
    assert await ana.opens() == 404, "the code before"
    handle = {"Relevo-Session": session.json()["handle"]}
    over = await ana.intake.http.post("/sessions/token", json={"audience": "intake"}, headers=handle)
    assert over.status_code == 401, "what was opened with it"
    ana.code = {"Relevo-Receipt": renewed.json()["receipt_code"]}
    assert await ana.opens() == 200


async def test_rule_19_with_the_word_the_letter_goes_out_at_once_and_without_it_never(ana: Person) -> None:
    assert (await ana.choose(way="word", word=WORD)).status_code == 200
    await ana.lose()
    await ana.lose(word="otra palabra")
    await ana.waited(days=30)
    assert await ana.letters("recovery") == await ana.letters("recovery_asked") == []
    await ana.lose(word=f"  {WORD.upper()} ")
    assert (await ana.renew(await ana.code_in_the_letter())).status_code == 201


async def test_rule_19_the_code_so_far_can_refuse_while_it_waits(ana: Person) -> None:
    await ana.lose()
    mine = (await ana.intake.http.get("/me", headers=ana.code)).json()
    assert mine["next"][0]["what"] == "refuse_recovery"
    assert mine["recovery"]["asked"]["opens_at"] == mine["next"][0]["until"]
    assert (await ana.intake.post("/me/recovery/refuse", headers=ana.code)).json()["asked"] is None
    await ana.waited(days=4)
    assert (await ana.letters("recovery"), await ana.opens()) == ([], 200)
    again = await ana.intake.post("/me/recovery/refuse", headers=ana.code)
    assert (again.status_code, again.json()["type"]) == (409, "urn:relevo:problem:nothing-to-refuse")


async def test_rule_19_a_letter_that_went_out_can_still_be_refused(ana: Person) -> None:
    await ana.lose()
    await ana.waited(hours=72)
    code = await ana.code_in_the_letter()
    await ana.intake.post("/me/recovery/refuse", headers=ana.code)
    assert (await ana.renew(code)).status_code == 404


async def test_rule_19_whoever_chose_no_recovery_has_none_whoever_asks(ana: Person) -> None:
    await ana.choose(way="none")
    for word in (None, WORD, "x" * 8):
        await ana.lose(word=word)
    await ana.waited(days=30)
    assert await ana.letters("recovery") == await ana.letters("recovery_asked") == []


async def test_rule_19_without_a_contact_nothing_is_recovered_and_that_is_said(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    form = application_form()
    del form["contact"]
    bea = Person(intake, (await intake.post(f"/calls/{call_id}/applications", form)).json())
    refused = await bea.choose(way="word", word=WORD)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:relevo:problem:no-contact-to-recover-by")


async def test_what_was_noted_and_cannot_be_read_holds_up_nobody(ana: Person) -> None:
    ana.intake.store.collections["lost"]["0"] = {"_id": "0", "asked_at": ana.intake.clock.now(), "sealed": b"broken"}
    await ana.lose()
    assert len(await ana.letters("recovery_asked")) == 1
    assert ana.intake.store.collections["lost"] == {}


@pytest.mark.parametrize("contact", [CONTACT, "nadie@correo.org"])
@pytest.mark.parametrize("word", [None, WORD, "otra palabra"])
async def test_rule_19_whoever_asks_is_answered_alike_before_anything_is_looked_up(
    ana: Person, contact: str, word: str | None
) -> None:
    await ana.choose(way="word", word=WORD)
    reads = ana.intake.store.reads
    body = {"contact": contact, **({"word": word} if word else {})}
    answer = await ana.intake.http.post("/lost", json=body)
    assert (answer.status_code, answer.content, ana.intake.store.reads) == (202, b'{"state":"noted"}', reads)
    [kept] = ana.intake.store.collections["lost"].values()
    assert contact.encode() not in bytes(kept["sealed"])
    assert kept.keys() == {"_id", "asked_at", "sealed"}


async def test_rule_19_a_letters_code_works_once_and_for_an_hour_after_its_sending(ana: Person) -> None:
    await ana.lose()
    await ana.waited(hours=72)
    code = await ana.code_in_the_letter()
    [letter] = await ana.letters("recovery")
    kept = ana.intake.store.collections["letters"][letter["_id"]]
    kept |= {"state": "sent", "sent_at": datetime.now(UTC) - timedelta(minutes=61)}
    assert (await ana.renew(code)).status_code == 404
    kept["sent_at"] = datetime.now(UTC) - timedelta(minutes=59)
    assert (await ana.renew(code)).status_code == 201
    assert (await ana.renew(code)).status_code == 404


async def test_rule_19_asking_again_and_again_sends_no_more_letters_and_makes_no_waiting_time_shorter_or_longer(
    ana: Person,
) -> None:
    await ana.lose()
    opens_at = (await ana.intake.http.get("/me/recovery", headers=ana.code)).json()["asked"]["opens_at"]
    for _ in range(6):
        await ana.waited(minutes=10)
        await ana.lose()
    assert len(await ana.letters("recovery_asked")) == 1
    assert (await ana.intake.http.get("/me/recovery", headers=ana.code)).json()["asked"]["opens_at"] == opens_at


async def test_rule_19_a_word_cannot_be_guessed_by_trying(ana: Person) -> None:
    await ana.choose(way="word", word=WORD)
    for number in range(5):
        await ana.lose(word=f"palabra {number}")
    await ana.lose(word=WORD)
    assert await ana.letters("recovery") == [], "five a day, right or wrong"
    await ana.waited(hours=24, seconds=1)
    await ana.lose(word=WORD)
    assert len(await ana.letters("recovery")) == 1


async def test_rule_19_a_contact_that_staff_changed_opens_no_recovery_for_seven_days(ana: Person) -> None:
    coordinator = ana.intake.tokens.bearer("coordinator-1", "coordinator")
    changed = {"contact": "otra@correo.org", "reason": "Lo pidió por teléfono."}
    answer = await ana.intake.post(f"/applications/{ana.id}/corrections", changed, headers=coordinator)
    assert answer.is_success, answer.text
    await ana.lose()
    await ana.waited(days=6)
    await ana.lose()
    assert await ana.letters("recovery_asked") == []
    await ana.waited(days=1, seconds=1)
    await ana.lose()
    assert len(await ana.letters("recovery_asked")) == 1


async def test_rule_19_of_linked_applications_one_is_recovered_and_that_is_the_one_that_counts(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    two = [await intake.post(f"/calls/{call_id}/applications", application_form(contact=CONTACT)) for _ in range(2)]
    first, second = (Person(intake, each.json()) for each in two)
    await first.lose()
    asked = [(await intake.http.get("/me/recovery", headers=each.code)).json()["asked"] for each in (first, second)]
    assert asked[0] is None
    assert asked[1] is not None, "none is confirmed: the last"


async def test_rule_19_whoever_came_in_by_a_recovered_code_waits_seven_days_to_erase(ana: Person) -> None:
    await ana.lose()
    await ana.waited(hours=72)
    renewed = (await ana.renew(await ana.code_in_the_letter())).json()
    ana.code = {"Relevo-Receipt": renewed["receipt_code"]}
    refused = await ana.intake.post(f"/applications/{ana.id}/erase", headers=ana.code)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:relevo:problem:recovered-lately")
    await ana.waited(days=7)
    assert (await ana.intake.post(f"/applications/{ana.id}/erase", headers=ana.code)).status_code == 200
    await ana.lose()
    assert ana.intake.store.collections["recovery"][ana.id]["state"]["way"] == "none"


@pytest.mark.parametrize("language", ["es", "en", "pt", "fr"])
async def test_the_page_behind_the_link_changes_nothing_until_its_button_is_pressed(ana: Person, language: str) -> None:
    await ana.lose()
    await ana.waited(hours=72)
    path, spoken = f"/recover/{await ana.code_in_the_letter()}", {"Accept-Language": language}
    for _ in range(2):
        asked = await ana.intake.http.get(path, headers=spoken)
        assert (asked.status_code, await ana.opens()) == (200, 200)
        assert "<button" in asked.text
        assert f'<html lang="{language}"' in asked.text
    pressed = await ana.intake.http.post(path, headers=spoken)
    code = pressed.text.partition("<output>")[2].partition("</output>")[0]
    ana.code = {"Relevo-Receipt": code}
    assert (pressed.status_code, await ana.opens()) == (200, 200)
    assert pressed.headers["cache-control"] == "no-store"
    for each in (await ana.intake.http.get(path), await ana.intake.http.post(path)):
        assert (each.status_code, "<output>" in each.text) == (404, False)


@pytest.mark.parametrize(
    "form",
    [
        {"way": "word"},
        {"way": "waiting", "word": WORD},
        {"way": "word", "word": "corta"},
        {"way": "waiting", "hours": 1},
    ],
)
async def test_a_choice_that_does_not_hold_together_is_refused_and_changes_nothing(
    ana: Person, form: dict[str, Any]
) -> None:
    assert (await ana.choose(**form)).status_code == 422
    assert (await ana.intake.http.get("/me/recovery", headers=ana.code)).json()["way"] == "waiting"
    assert "recovery" not in ana.intake.store.collections or not ana.intake.store.collections["recovery"]
