"""The synthetic population: made up as published, repeatable, and carrying its canaries."""

from collections import Counter

import pytest

from relevo_demo import texts
from relevo_demo.dice import dice
from relevo_demo.edition import PRIORITY_COUNTRIES
from relevo_demo.people import CANARY_FIELDS, Person, population
from relevo_demo.story.applicants import cast_of
from relevo_demo.story.parts import CORRECTED, HIDDEN, PARTS, moved

COUNT = 841


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return population(COUNT, 2019)


def share(people: list[Person], group: str) -> float:
    return sum(group in person.groups for person in people) / len(people)


def test_the_make_up_follows_the_published_figures(people: list[Person]) -> None:
    countries = Counter(person.country for person in people)
    assert len(countries) == 23
    assert set(PRIORITY_COUNTRIES) <= countries.keys()
    assert sum(countries[each] for each in PRIORITY_COUNTRIES) / COUNT == pytest.approx(0.55, abs=0.001)
    assert sum(person.sex == "female" for person in people) / COUNT == pytest.approx(0.53, abs=0.001)
    assert share(people, "indigenous") == pytest.approx(0.16, abs=0.001)
    assert share(people, "lgbti") == pytest.approx(0.12, abs=0.001)
    assert share(people, "african_descent") == pytest.approx(0.09, abs=0.001)


def test_they_write_in_the_language_of_where_they_work(people: list[Person]) -> None:
    assert {person.language for person in people if person.country == "BR"} == {"pt"}
    assert {person.language for person in people} == {"es", "en", "pt", "fr"}


def test_the_same_seed_gives_the_same_people_and_another_seed_others(people: list[Person]) -> None:
    assert population(COUNT, 2019) == people
    assert population(COUNT, 2020) != people


def test_nobody_shares_a_contact_but_those_who_are_meant_to() -> None:
    cast = cast_of(COUNT, 2019)
    contacts = Counter(person.contact for person in cast.people)
    shared = {contact for contact, count in contacts.items() if contact and count > 1}
    assert shared == {cast.people[link.first].contact for link in cast.links}
    assert all(cast.people[link.second].contact == cast.people[link.first].contact for link in cast.links)


@pytest.mark.parametrize("count", [90, COUNT, 2_953])
@pytest.mark.parametrize("seed", [1, 2, 2019])
def test_one_of_each_kind_uses_the_portals_pages_each_in_another_language(count: int, seed: int) -> None:
    cast = cast_of(count, seed)
    visitors = [person for person in cast.people if person.way]
    assert {(person.part, person.way) for person in visitors} == {
        ("second_carrier", "script"),
        ("addressless", "plain"),
        ("", "script"),
    }
    assert len({person.pages_in for person in visitors}) == 3
    turned_away = cast.people[cast.turned_away]
    assert turned_away in visitors
    assert (turned_away.quality, turned_away.linked, bool(turned_away.contact)) == (0.0, False, True)
    assert turned_away.number not in (*cast.drafted, *cast.withdrawn, *cast.refused, count - 1)


def test_two_who_get_a_seat_and_one_who_does_not_carry_a_canary_in_every_personal_field() -> None:
    carriers = [person for person in cast_of(COUNT, 2019).people if person.carries]
    assert sorted(person.part for person in carriers) == ["", "carrier", "second_carrier"]
    for person in carriers:
        assert len(set(person.canaries)) == len(CANARY_FIELDS)
        for name, planted in zip(CANARY_FIELDS, person.canaries, strict=True):
            assert planted in str(getattr(person, name)).lower()


@pytest.mark.parametrize("count", [90, COUNT, 2_953])
def test_every_part_is_one_persons_each_of_another_country_and_good_enough_for_a_seat(count: int) -> None:
    playing = [person for person in cast_of(count, 2019).people if person.part]
    assert sorted(person.part for person in playing) == sorted(PARTS)
    assert len({person.country for person in playing}) == len(PARTS)
    assert set(PRIORITY_COUNTRIES) <= {person.country for person in playing}
    assert {person.quality for person in playing} == {1.0}


def test_whoever_gives_a_name_up_has_a_canary_in_it_and_shows_it_at_first() -> None:
    cast = cast_of(COUNT, 2019)
    for part in sorted(CORRECTED | HIDDEN):
        person = cast.in_part(part)  # type: ignore[arg-type]
        assert person.name.lower().endswith(person.canaries[0])
        assert person.display == "named"
        assert person.canaries[0] not in person.called.lower()
        assert person.name.startswith(person.called)


def test_some_give_no_address_and_letters_to_others_are_refused() -> None:
    cast = cast_of(COUNT, 2019)
    assert {person.number for person in cast.people if not person.contact} == set(cast.addressless)
    assert all("contact" not in cast.people[number].form() for number in cast.addressless)
    refused = {person.number for person in cast.people if person.contact.endswith("@refused.invalid")}
    assert refused == set(cast.refused)
    assert cast.mistyped in refused
    assert not moved(cast.people[cast.mistyped]).endswith("invalid")


def test_an_application_that_is_not_said_to_belong_to_anybody_leaves_the_organisation_out(people: list[Person]) -> None:
    alone = next(person for person in people if not person.organisation)
    assert "organisation" not in alone.form()


@pytest.mark.parametrize("language", ["es", "en", "pt", "fr"])
def test_every_sentence_of_the_grammar_can_be_said(language: str) -> None:
    words = texts.LANGUAGES[language]
    facts = {"work": "W", "with_whom": "V", "years": "7", "people": "12"}
    for slots in (words.MOTIVATION, words.EXPERIENCE, words.IDEA):
        for slot in slots:
            assert len(set(slot)) == len(slot) >= 3
            for sentence in slot:
                text = sentence.format_map(facts)
                assert "{" not in text
                assert text.endswith(".")


def test_every_theme_has_its_words_in_every_language() -> None:
    themes = [set(words.WORK) for words in texts.LANGUAGES.values()]
    assert all(each == themes[0] for each in themes)
    assert len(themes[0]) == 12


def test_the_same_dice_write_the_same_text() -> None:
    one, two = (texts.application("fr", "environment", 12, dice(1, "x")) for _ in range(2))
    assert one == two
