"""What is left of a replay: canaries searched for, figures judged, the picture drawn."""

import html
import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from relevo_demo.deeds import WORDS
from relevo_demo.edition import FIRST, SECOND
from relevo_demo.evidence import Message
from relevo_demo.page import page
from relevo_demo.picture import draw, steps_of
from relevo_demo.privacy import of_documents, of_messages, search
from relevo_demo.report import checked_rows, show
from relevo_demo.rules import MUST_BE_SEARCHED, broken
from relevo_demo.week import PLAN, ends_at, starts_at


def report() -> dict[str, Any]:
    return {
        "applications": {"submitted": 841},
        "reviews": {"recorded": 2_499, "told": 2_499, "applications_reviewed": 833},
        "selection": {
            "seats": 30, "enrolled": 30, "offered": 36, "travel_grants": 7, "status": "optimal", "reproduced": True,
        },
        "before_the_week": {
            "needs_stated": 12, "needs_still_kept": 0, "invitations": 2, "invitations_with_a_name": 0,
        },
        "onsite": {"completed": 28, "not_completed": 2},
        "multiplier": {
            "commitments": 28, "fulfilled": 27, "lapsed": 1, "people_reached": 518, "people_reached_as_told": 518,
            "pictures_still_kept": 0,
        },
        "certificates": {"issued": 27, "verified": 27, "revoked": 1, "superseded": 3, "superseded_verified": 3},
        "events": {
            "published": 4_404, "lost": 0, "duplicated_effects": 0, "dead_letters": 0, "figures_told": 12,
            "figures_held_back": 12, "figures_not_in_tens": 0,
        },
        "privacy": {
            "found": 0, "canaries_planted": 44, "places_searched": 51_683, "collections": sorted(MUST_BE_SEARCHED),
            "readings": 7_778, "decisions": 4_081, "records_broken": 0, "names_given_up": 6,
            "sealed_words": 160, "found_outside": 0, "names_hidden": 2, "own_papers_that_bear_them": 2,
            "public_routes": 17, "public_answers": 451, "papers": 81,
        },
        "portal": {
            "in": "browser", "because": "", "people": 3, "languages": ["en", "es", "fr"], "pages": 84,
            "titles": ["Relevo"],
        },
        "reasons": {"sealed": 9, "stand": 9},
        "course": dict.fromkeys(WORDS, 1),
        "done": dict.fromkeys(WORDS, 1),
        "wrong": [],
    }  # fmt: skip


def test_a_report_as_it_must_be_breaks_no_rule() -> None:
    assert broken(report(), SECOND, 841) == []


@pytest.mark.parametrize(
    ("part", "figure", "value"),
    [
        ("applications", "submitted", 840),
        ("reviews", "told", 2_498),
        ("selection", "enrolled", 31),
        ("selection", "travel_grants", 6),
        ("selection", "status", "feasible"),
        ("selection", "reproduced", False),
        ("onsite", "completed", 29),
        ("multiplier", "lapsed", 2),
        ("certificates", "verified", 26),
        ("certificates", "superseded", 0),
        ("certificates", "superseded_verified", 2),
        ("multiplier", "people_reached_as_told", 519),
        ("portal", "people", 2),
        ("portal", "languages", ["en", "es"]),
        ("portal", "titles", ["Relevo", "Ana"]),
        ("reasons", "stand", 8),
        ("privacy", "found_outside", 1),
        ("before_the_week", "needs_still_kept", 1),
        ("before_the_week", "invitations_with_a_name", 1),
        ("multiplier", "pictures_still_kept", 1),
        ("privacy", "own_papers_that_bear_them", 1),
        ("privacy", "collections", sorted(MUST_BE_SEARCHED - {"intake.letters"})),
        ("course", "excused", 0),
        ("done", "pauses_declined", 2),
        ("events", "lost", 1),
        ("events", "duplicated_effects", 1),
        ("events", "dead_letters", 1),
        ("events", "figures_not_in_tens", 1),
        ("privacy", "found", 1),
        ("privacy", "records_broken", 1),
    ],
)
def test_each_figure_that_is_wrong_is_named(part: str, figure: str, value: object) -> None:
    wrong = report()
    wrong[part][figure] = value
    assert broken(wrong, SECOND, 841)


def test_what_was_never_done_is_named_even_if_the_services_say_so_too() -> None:
    wrong = report()
    wrong["done"]["held_together"] = wrong["course"]["held_together"] = 0
    assert broken(wrong, SECOND, 841) == ["held_together: never done"]


def test_a_canary_is_found_in_headers_bodies_bytes_and_keys_in_whatever_case() -> None:
    canary = "zq00ff00ff00ff00ff"
    leaks = [
        Message("EVENTS_INTAKE", 1, "events.intake.call.opened.v1", {"ce-id": canary}, b"{}"),
        Message("EVENTS_INTAKE", 2, "events.intake.call.opened.v1", {}, f'"{canary.upper()}"'.encode()),
        Message("EVENTS_INTAKE", 3, "events.intake.call.opened.v1", {}, b"ana@Correo.Example"),
        Message("EVENTS_INTAKE", 4, "events.intake.call.opened.v1", {}, b"{}"),
    ]
    documents: dict[str, Any] = {
        "intake": {"vault": [{"_id": "1", "sealed": f"é{canary}".encode()}, {"_id": "2", canary: 1}, {"_id": "3"}]}
    }
    assert search([canary], of_messages(leaks)).found == tuple(f"messages EVENTS_INTAKE {n}" for n in (1, 2, 3))
    assert search([canary], of_documents(documents)).found == ("documents intake.vault 1", "documents intake.vault 2")


def test_the_picture_shows_every_step(tmp_path: Path) -> None:
    assert [step.people for step in steps_of(report())] == [841, 833, 36, 30, 28, 27, 27, 518]
    notes = [step.notes for step in steps_of(report())]
    assert notes[4] == ("1 changed groups", "1 were excused")
    assert (notes[1], notes[7]) == ((), ())
    svg, png = draw(report(), SECOND, tmp_path)
    assert svg.read_text(encoding="utf-8").count("<path ") > 841
    assert png.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("edition", [FIRST, SECOND])
def test_the_week_lies_within_its_days_and_no_session_starts_before_the_one_before_has_begun(edition: Any) -> None:
    starts = [starts_at(edition, slot) for slot in PLAN]
    assert starts == sorted(starts)
    assert starts[0].date() == edition.first_on
    assert ends_at(edition, PLAN[-1]).date() == edition.last_on


def test_the_sixty_days_of_the_second_edition_end_on_11_february_2020() -> None:
    assert SECOND.due_on.isoformat() == "2020-02-11"


def test_a_narrow_terminal_and_the_page_show_all_that_befell_people_and_what_was_found() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    show(report(), console)
    for page_text in (console.export_text(), html.unescape(page(report(), SECOND, "funnel.svg"))):
        for expected in (*WORDS.values(), "841", *(found for _, found in checked_rows(report()))):
            assert expected in page_text


def test_the_page_says_what_must_not_be_and_only_then() -> None:
    assert "must not be" not in page(report(), SECOND, "funnel.svg")
    wrong = page({**report(), "wrong": ["lost: 1, not <0>"]}, SECOND, "funnel.svg")
    assert "lost: 1, not &lt;0&gt;" in wrong
    assert "as it must be" not in wrong


def test_that_no_browser_ran_is_told_with_why() -> None:
    without = report()
    without["portal"] |= {"in": "forms", "because": "playwright is not installed"}
    assert (
        "the portal",
        "3 people in 3 languages on 84 of its pages · by its forms alone: playwright is not installed",
    ) in (checked_rows(without))
    assert broken(without, SECOND, 841) == []
