"""The people of the replay. None of them exists; what they are made up of follows published figures.

The figures are those of the first edition, borrowed for the second, of which none were published: 23 countries, 55 %
of the applications from the seven priority countries, 53 % women, 16 % indigenous people, 12 % LGBTI people, 9 % of
African descent; groups overlap. The split among countries, ages of the texts and everything else is invented.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from relevo_demo.dice import dice
from relevo_demo.edition import PRIORITY_COUNTRIES
from relevo_demo.names import FEMALE, MALE, SURNAMES
from relevo_demo.portal.hands import Way
from relevo_demo.texts import application, network, organisation

PRIORITY_SHARE, WOMEN, INDIGENOUS, LGBTI, AFRICAN_DESCENT = 0.55, 0.53, 0.16, 0.12, 0.09
PRIORITY_WEIGHTS = {"MX": 26, "CO": 24, "BR": 14, "GT": 12, "HN": 10, "SV": 8, "NI": 6}
OTHER_WEIGHTS = {
    "PE": 18, "AR": 14, "VE": 12, "EC": 11, "CL": 9, "BO": 8, "CR": 5, "PY": 4,
    "UY": 3, "PA": 3, "DO": 3, "CU": 3, "HT": 3, "US": 2, "CA": 1, "JM": 1,
}  # fmt: skip
_LANGUAGE = {"BR": "pt", "HT": "fr", "US": "en", "CA": "en", "JM": "en"}
_THEMES = (
    "environment", "land_rights", "indigenous_rights", "women_rights", "lgbti_rights", "african_descent_rights",
    "freedom_of_expression", "justice", "migration", "labour_rights", "children_rights", "other",
)  # fmt: skip
_THEME_WEIGHTS = (16, 12, 8, 16, 6, 5, 8, 12, 7, 4, 4, 2)


@dataclass(frozen=True)
class Person:
    """A synthetic applicant. ``quality`` from 0 to 1 is what reviewers will find; ``canaries`` are planted strings.

    ``part`` is that of somebody to whom something of their own happens (``story.parts``). Who ``carries`` has a canary
    in all that they write. Without ``contact`` they gave no e-mail address; who is ``linked`` gave one
    that stands on another application too. ``network`` is what they do in one, if they are in any. Who has a ``way``
    uses the portal's pages with it, in the language ``pages_in``, where others use the services' routes.
    """

    number: int
    name: str
    contact: str
    language: str
    country: str
    organisation: str
    sex: str
    groups: tuple[str, ...]
    themes: tuple[str, ...]
    display: str
    motivation: str
    experience: str
    multiplier_idea: str
    quality: float
    network: str = ""
    canaries: tuple[str, ...] = field(default=())
    part: str = ""
    way: Way | None = None
    pages_in: str = ""
    carries: bool = False
    linked: bool = False

    @property
    def called(self) -> str:
        """The name without the canary that may be in it."""
        return " ".join(word for word in self.name.split() if word.lower() not in self.canaries)

    def form(self) -> dict[str, object]:
        """The application as it is sent in."""
        fields = (
            "contact", "name", "display", "language", "country", "organisation", "sex", "groups", "themes",
            "motivation", "experience", "multiplier_idea",
        )  # fmt: skip
        return {**{name: value for name in fields if (value := getattr(self, name)) != ""}, "consent": True}


def population(count: int, seed: int) -> list[Person]:
    """So many people, in the order in which they apply; the same for the same seed."""
    countries = _shuffled(_countries(count), dice(seed, "countries"))
    women = _chosen(count, WOMEN, dice(seed, "women"))
    members = {
        "indigenous": _chosen(count, INDIGENOUS, dice(seed, "indigenous")),
        "african_descent": _chosen(count, AFRICAN_DESCENT, dice(seed, "african_descent")),
        "lgbti": _chosen(count, LGBTI, dice(seed, "lgbti")),
    }
    return [
        _person(
            number,
            countries[number],
            number in women,
            tuple(sorted(group for group, chosen in members.items() if number in chosen)),
            dice(seed, "person", number),
            dice(seed, "network", number),
        )
        for number in range(count)
    ]


def canary(number: int, seed: int, field_name: str) -> str:
    """A string that stands nowhere by accident, so that finding it means that something leaked."""
    return f"zq{dice(seed, 'canary', number, field_name).getrandbits(64):016x}"


def with_canaries(person: Person, seed: int) -> Person:
    """The person with a canary in every personal field that is text, and of a quality that leads to a certificate."""
    planted = {name: canary(person.number, seed, name) for name in CANARY_FIELDS}
    return replace(
        person,
        name=f"{person.name} {planted['name'].capitalize()}",
        contact=f"{planted['contact']}@correo.example",
        organisation=f"{person.organisation} {planted['organisation']}",
        motivation=f"{person.motivation} {planted['motivation']}",
        experience=f"{person.experience} {planted['experience']}",
        multiplier_idea=f"{person.multiplier_idea} {planted['multiplier_idea']}",
        network=f"{person.network} {planted['network']}",
        quality=1.0,
        canaries=tuple(planted.values()),
        carries=True,
    )


def with_name_to_give_up(person: Person, seed: int) -> Person:
    """The person with a canary in the name, which nobody is to find once it was given up."""
    planted = canary(person.number, seed, "name")
    return replace(person, name=f"{person.name} {planted.capitalize()}", canaries=(planted,))


CANARY_FIELDS = ("name", "contact", "organisation", "motivation", "experience", "multiplier_idea", "network")


def _person(
    number: int, country: str, woman: bool, groups: tuple[str, ...], roll: Random, of_networks: Random
) -> Person:
    language = "fr" if country == "CA" and roll.random() < 0.4 else _LANGUAGE.get(country, "es")
    sex = "female" if woman else roll.choices(("male", "other", "not_said"), (90, 4, 6))[0]
    themes = _themes(groups, roll)
    name = _name(language, sex, roll)
    quality = min(1.0, max(0.0, roll.gauss(0.58, 0.17)))
    texts = application(language, themes[0], roll.randint(10, 30), roll)
    return Person(
        number=number,
        name=name,
        contact=f"{_ascii(name)}.{number:04}@correo.example",
        language=language,
        country=country,
        organisation=organisation(language, roll) if roll.random() < 0.9 else "",
        sex=sex,
        groups=groups,
        themes=themes,
        display="named" if roll.random() < 0.55 else "unnamed",
        motivation=texts.motivation,
        experience=texts.experience,
        multiplier_idea=texts.multiplier_idea,
        quality=quality,
        network=network(language, of_networks) if of_networks.random() < 0.6 else "",
    )


def _themes(groups: Sequence[str], roll: Random) -> tuple[str, ...]:
    own = {
        "indigenous": "indigenous_rights",
        "african_descent": "african_descent_rights",
        "lgbti": "lgbti_rights",
    }
    first = [own[group] for group in groups if roll.random() < 0.6][:1]
    drawn = roll.choices(_THEMES, _THEME_WEIGHTS, k=roll.randint(1, 2))
    return tuple(dict.fromkeys((*first, *drawn)))


def _countries(count: int) -> list[str]:
    priority = round(count * PRIORITY_SHARE)
    return [*_apportioned(priority, PRIORITY_WEIGHTS), *_apportioned(count - priority, OTHER_WEIGHTS)]


def _apportioned(count: int, weights: dict[str, int]) -> list[str]:
    """One for each as far as they go, the rest by weight: largest remainders."""
    least = {name: 1 if count >= len(weights) else 0 for name in weights}
    left, total = count - sum(least.values()), sum(weights.values())
    shares = {name: left * weight / total for name, weight in weights.items()}
    number_of = {name: least[name] + int(share) for name, share in shares.items()}
    by_remainder = sorted(weights, key=lambda name: (int(shares[name]) - shares[name], name))
    for name in by_remainder[: count - sum(number_of.values())]:
        number_of[name] += 1
    return [name for name, number in number_of.items() for _ in range(number)]


def _chosen(count: int, share: float, roll: Random) -> frozenset[int]:
    return frozenset(roll.sample(range(count), round(count * share)))


def _shuffled(items: list[str], roll: Random) -> list[str]:
    return roll.sample(items, len(items))


def _name(language: str, sex: str, roll: Random) -> str:
    first_name = roll.choice((FEMALE if sex == "female" or (sex != "male" and roll.random() < 0.5) else MALE)[language])
    surnames = SURNAMES[language]
    if language in ("es", "pt"):
        return f"{first_name} {roll.choice(surnames)} {roll.choice(surnames)}"
    return f"{first_name} {roll.choice(surnames)}"


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return ".".join("".join(each for each in word if each.isalpha()) for word in plain.split()[:2])


assert set(PRIORITY_WEIGHTS) == set(PRIORITY_COUNTRIES)  # noqa: S101
