"""The certificate: how it stands, its files, who sees the name, and what to copy elsewhere."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any, get_args

import pytest

from relevo_portal.services.certification import Review, Revoked, Standing
from relevo_portal.services.multiplier_tracking import CommitmentState
from relevo_portal.services.scheduling import WeekStanding
from relevo_portal.words import TEXTS as PORTAL
from relevo_portal.words.paper import TEXTS

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import FakeCertification, FakeScheduling, FakeService, problem
else:
    from services.portal.tests.fake_services import FakeCertification, FakeScheduling, FakeService, problem

LANGUAGES: tuple[Any, ...] = ("es", "en", "pt", "fr")
PAGES = ("/paper", "/paper/view", "/paper/view/open", "/paper/view/closed", "/paper/fields", "/paper/fields/all")
FILES = {"pdf": "application/pdf", "json": "application/vc", "jwt": "application/jwt"}


class FakeDays(FakeService):
    """Multiplier tracking, of which the state alone is asked."""

    state: str | None = "open"

    def __init__(self) -> None:
        super().__init__("multiplier_tracking")
        self.is_newer = True
        self.app.get("/me/commitment")(self.read)

    async def read(self) -> Any:
        if self.state is None:
            return problem(404, "no-such-commitment")
        missing = {"minutes": 0, "people": 0}
        return {"state": self.state, "missing": missing, "next_step": "all_is_done", "next_step_text": "Nada"}


@pytest.fixture
def certification(house: Any) -> FakeCertification:
    """Of somebody who takes part, before anything is known of a certificate."""
    made = FakeCertification()
    house.serve("certification", made.app)
    house.intake.enrolled()
    return made


async def seen(house: Any, path: str, status: int = 200) -> str:
    answer = await house.get(path)
    assert answer.status_code == status
    return unescape(answer.text)


@pytest.mark.parametrize("page", [*PAGES, "/paper/document.pdf"])
async def test_the_certificate_is_for_whoever_takes_part_and_for_nobody_else(
    house: Any, certification: FakeCertification, page: str
) -> None:
    assert (await house.get(page)).headers["location"] == "/left"
    house.intake.applied()
    await house.enter()
    assert (await house.get(page)).status_code == 404
    assert certification.asked == []


@pytest.mark.parametrize("standing", get_args(Standing))
async def test_every_standing_is_told_in_words(house: Any, certification: FakeCertification, standing: Any) -> None:
    certification.is_newer = True
    certification.stand("enchanted" if standing == "other" else standing)
    await house.enter()
    for language in LANGUAGES:
        assert TEXTS[language].standing[standing].title in await seen(house, f"/paper?lang={language}")


async def test_before_anything_is_known_of_a_certificate_it_is_waited_for(
    house: Any, certification: FakeCertification
) -> None:
    await house.enter()
    assert TEXTS["es"].standing["waiting"].title in await seen(house, "/paper")


@pytest.mark.parametrize("week", get_args(WeekStanding))
async def test_rule_12_while_there_is_none_the_page_says_how_far_the_week_is(
    house: Any, certification: FakeCertification, week: Any
) -> None:
    scheduling = FakeScheduling()
    scheduling.figures = {"standing": week}
    house.serve("scheduling", scheduling.app)
    await house.enter()
    html = await seen(house, "/paper?lang=en")
    assert f"<dd>{TEXTS['en'].steps.weeks[week]}</dd>" in html
    assert f"<dd>{TEXTS['en'].steps.unknown}</dd>" in html


@pytest.mark.parametrize("state", [*get_args(CommitmentState), None])
async def test_rule_12_while_there_is_none_the_page_says_how_far_the_days_are(
    house: Any, certification: FakeCertification, state: Any
) -> None:
    days, scheduling = FakeDays(), FakeScheduling()
    days.state, scheduling.lacks = state, "no-such-participant"
    house.serve("multiplier_tracking", days.app)
    house.serve("scheduling", scheduling.app)
    await house.enter()
    html = await seen(house, "/paper?lang=fr")
    assert f"<dd>{TEXTS['fr'].steps.commitments[state or 'expected']}</dd>" in html
    assert f"<dd>{TEXTS['fr'].steps.weeks['expected']}</dd>" in html


async def test_of_one_that_is_issued_nobody_else_is_asked(house: Any, certification: FakeCertification) -> None:
    certification.issue()
    await house.enter()
    house.intake.asked.clear()
    await seen(house, "/paper")
    assert certification.asked == ["GET /me/certificate"]
    assert house.intake.asked == ["POST /sessions/token", "POST /sessions/token"]


async def test_the_link_to_share_stands_behind_a_warning_and_in_no_address(
    house: Any, certification: FakeCertification
) -> None:
    link = certification.issue()
    await house.enter()
    html = await seen(house, "/paper?lang=pt")
    assert html.index(TEXTS["pt"].share.warning) < html.index(link)
    assert f'href="{link}' not in html
    assert "TOKEN-1" not in html


async def test_rule_13_one_that_was_replaced_is_told_with_its_day_and_reason(
    house: Any, certification: FakeCertification
) -> None:
    certification.issue()
    await house.enter()
    html = await seen(house, "/paper?lang=en")
    assert "Replaced on 20 February 2020, 15:00 UTC: the name changed, or who sees it." in html


@pytest.mark.parametrize("because", get_args(Revoked))
async def test_rule_13_a_revoked_one_is_told_with_day_and_reason_and_gives_no_files(
    house: Any, certification: FakeCertification, because: Any
) -> None:
    link = certification.issue(standing="revoked", revoked_at="2020-03-01T10:00:00Z", revoked_because=because)
    await house.enter()
    html = await seen(house, "/paper?lang=es")
    assert "1 de marzo de 2020, 10:00 UTC" in html
    assert TEXTS["es"].revoked[because] in html
    assert TEXTS["es"].share.revoked in html
    assert link in html
    assert "document.pdf" not in html


@pytest.mark.parametrize("because", get_args(Review))
async def test_rule_12_one_under_review_says_why_and_that_nothing_changes_until_then(
    house: Any, certification: FakeCertification, because: Any
) -> None:
    certification.issue(under_review=because)
    await house.enter()
    html = await seen(house, "/paper?lang=es")
    assert TEXTS["es"].reviews[because] in html
    assert TEXTS["es"].review.more in html
    assert TEXTS["es"].standing["issued"].title in html


@pytest.mark.parametrize(("ending", "media"), FILES.items())
async def test_files_are_handed_through_under_a_name_that_says_nothing_and_kept_by_no_cache(
    house: Any, certification: FakeCertification, ending: str, media: str
) -> None:
    certification.issue()
    await house.enter()
    answer = await house.get(f"/paper/document.{ending}")
    assert answer.content.startswith(b"paper c")
    assert answer.headers["content-type"] == media
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == f'attachment; filename="document.{ending}"'
    elsewhere = await house.get(f"/paper/document.{ending}", **{"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403, "no other site has it left on somebody's device"


@pytest.mark.parametrize(
    ("status", "name"),
    [(409, "nothing-issued"), (404, "no-such-certificate"), (410, "no-longer-kept"), (422, "name-cannot-be-typeset")],
)
async def test_a_file_that_is_not_there_is_told_on_the_page_and_ends_no_session(
    house: Any, certification: FakeCertification, status: int, name: str
) -> None:
    certification.issue()
    certification.is_newer = name == "name-cannot-be-typeset"
    certification.refuses_papers = problem(status, name, "Así no.")
    await house.enter()
    html = await seen(house, "/paper/document.pdf", 409)
    assert ("Así no." if status in (409, 422) else TEXTS["es"].no_file) in html
    await seen(house, "/paper")


async def test_a_file_that_nobody_has_a_name_for_is_not_there(house: Any, certification: FakeCertification) -> None:
    await house.enter()
    assert (await house.get("/paper/certificate.pdf")).status_code == 422


@pytest.mark.parametrize(("display", "other"), [("named", "closed"), ("unnamed", "open")])
async def test_rule_18_each_choice_says_what_a_stranger_then_sees(
    house: Any, certification: FakeCertification, display: Any, other: str
) -> None:
    certification.display = display
    await house.enter()
    for language in LANGUAGES:
        view = TEXTS[language].view
        html = await seen(house, f"/paper/view?lang={language}")
        assert f"<dt>{view.now}</dt><dd>{view.choices[display].title}</dd>" in html
        assert all(each in html for sentences in view.stranger.values() for each in sentences)
        assert f'href="/paper/view/{other}?lang={language}"' in html
        assert html.count('href="/paper/view/') == 1


async def test_rule_18_before_anything_is_said_both_can_be_chosen(house: Any, certification: FakeCertification) -> None:
    await house.enter()
    html = await seen(house, "/paper/view")
    assert TEXTS["es"].view.unsaid in html
    assert html.count('href="/paper/view/') == 2


@pytest.mark.parametrize(("how", "display"), [("open", "named"), ("closed", "unnamed")])
async def test_rule_18_it_is_asked_first_and_decided_once_however_often_it_is_sent(
    house: Any, certification: FakeCertification, how: str, display: Any
) -> None:
    await house.enter()
    html = await seen(house, f"/paper/view/{how}")
    assert TEXTS["es"].view.sure[display].title in html
    assert certification.chosen == {}
    form = await house.form(f"/paper/view/{how}")
    answers = [await house.post(f"/paper/view/{how}", form) for _ in range(2)]
    assert [each.headers["location"] for each in answers] == ["/paper/view", "/paper/view"]
    assert certification.chosen == {form["once"]: display}


@pytest.mark.parametrize(
    ("status", "name"),
    [(409, "already-revoked"), (429, "display-changed-too-often"), (422, "name-cannot-be-typeset")],
)
async def test_a_rule_that_does_not_allow_it_is_told_in_its_own_sentence(
    house: Any, certification: FakeCertification, status: int, name: str
) -> None:
    await house.enter()
    form = await house.form("/paper/view/open")
    certification.refuses = problem(status, name, "Espere un día.", where="body.name")
    answer = await house.post("/paper/view/open", form)
    assert answer.status_code == 409
    assert "Espere un día." in answer.text
    assert form["once"] in answer.text


@pytest.mark.parametrize(("status", "name"), [(404, "no-such-edition"), (410, "no-longer-kept")])
async def test_what_cannot_be_decided_any_more_is_told_and_ends_no_session(
    house: Any, certification: FakeCertification, status: int, name: str
) -> None:
    await house.enter()
    form = await house.form("/paper/view/closed")
    certification.refuses = problem(status, name)
    answer = await house.post("/paper/view/closed", form)
    assert TEXTS["es"].view.declined in answer.text
    if name == "no-longer-kept":
        assert TEXTS["es"].view.unsaid in await seen(house, "/paper/view")


async def test_whoever_was_erased_is_led_to_the_door(house: Any, certification: FakeCertification) -> None:
    await house.enter()
    certification.refuses = problem(410, "person-erased")
    assert (await house.get("/paper/view")).headers["location"] == "/left"


async def test_while_certification_is_away_nothing_is_lost_and_the_same_key_stays(
    house: Any, certification: FakeCertification
) -> None:
    await house.enter()
    form = await house.form("/paper/view/open")
    certification.is_away = True
    answer = await house.post("/paper/view/open", form)
    assert (answer.status_code, form["once"] in answer.text) == (503, True)
    for page in ("/paper", "/paper/view", "/paper/fields/all", "/paper/document.pdf"):
        assert PORTAL["es"].problems["later"].title in await seen(house, page, 503)
    certification.is_away = False
    assert (await house.post("/paper/view/open", form)).status_code == 303


@pytest.mark.parametrize("changed", [{"form": "x"}, {"once": "1"}, {"once": ""}])
async def test_a_form_that_is_not_as_it_was_shown_decides_nothing(
    house: Any, certification: FakeCertification, changed: dict[str, str]
) -> None:
    await house.enter()
    form = await house.form("/paper/view/open")
    assert (await house.post("/paper/view/open", {**form, **changed})).status_code in (400, 403)
    assert certification.chosen == {}


async def test_the_first_page_of_ones_own_says_how_the_certificate_stands_once_there_is_more_than_to_wait(
    house: Any, certification: FakeCertification
) -> None:
    await house.enter()
    assert TEXTS["es"].standing["waiting"].title not in await seen(house, "/mine")
    certification.stand("waiting")
    assert TEXTS["es"].standing["waiting"].title not in await seen(house, "/mine")
    certification.issue(under_review="onsite_corrected")
    html = await seen(house, "/mine")
    assert TEXTS["es"].standing["issued"].title in html
    assert TEXTS["es"].reviews["onsite_corrected"] in html


async def test_what_to_copy_elsewhere_is_shown_after_a_warning(house: Any, certification: FakeCertification) -> None:
    link = certification.issue()
    await house.enter()
    for language in LANGUAGES:
        html = await seen(house, f"/paper/fields?lang={language}")
        assert re.findall(r"<h1>(.*?)</h1>", html) == [TEXTS[language].fields.title]
        assert all(each in html for each in TEXTS[language].fields.warning)
        assert link not in html
        html = await seen(house, f"/paper/fields/all?lang={language}")
        assert re.findall(r"<h1>(.*?)</h1>", html) == [TEXTS[language].fields.to_copy]
        fields = dict(re.findall(r'<input id="(\w+)" name="\w+" value="([^"]*)" type="text" readonly', html))
        assert fields == {"name": f"Curso ({language})", "issuer": "CIDH", "month": "02/2020", "number": "TOKEN-2"}
        assert link in html


async def test_without_a_certificate_there_is_nothing_to_copy(house: Any, certification: FakeCertification) -> None:
    await house.enter()
    assert (await house.get("/paper/fields/all")).headers["location"] == "/paper"
    certification.issue(standing="revoked")
    assert (await house.get("/paper/fields/all")).headers["location"] == "/paper"
    certification.issue()
    certification.link_is_unknown = True
    assert (await house.get("/paper/fields/all")).headers["location"] == "/paper"
