"""Why an application was decided as it was, in terms of the published criteria and betraying nobody else (rule 3)."""

from __future__ import annotations

from collections.abc import Mapping

from relevo_intake.domain.dossier import Language
from relevo_intake.domain.selection.deciding import CAP, ReasonCode
from relevo_intake.domain.selection.rules import GRANT


def reason_unconsidered(merit: int | None, merit_of_last_seat: int) -> ReasonCode:
    """For an application that another one of the same contact stands for, or that came too late to be weighed.

    True, and one of the codes that those who were weighed are given too: a stranger who applied in a defender's name
    must not learn from it that the defender has applied (rule 1).
    """
    if merit is not None and merit < merit_of_last_seat:
        return "merit_below_last_seat"
    return "published_shares_and_rules"


REASONS: Mapping[ReasonCode, Mapping[Language, str]] = {
    "chosen": {
        "es": "Su solicitud fue elegida según los criterios publicados.",
        "en": "Your application was chosen under the published criteria.",
        "pt": "Sua candidatura foi escolhida segundo os critérios publicados.",
        "fr": "Votre candidature a été retenue selon les critères publiés.",
    },
    "merit_below_last_seat": {
        "es": "La puntuación de su solicitud quedó por debajo de la del último lugar asignado.",
        "en": "Your application's score was below that of the last seat given.",
        "pt": "A pontuação de sua candidatura ficou abaixo da do último lugar atribuído.",
        "fr": "La note de votre candidature est inférieure à celle de la dernière place attribuée.",
    },
    "tie_broken_by_published_order": {
        "es": "Su solicitud empató con la del último lugar; decidió el orden de desempate publicado.",
        "en": "Your application tied with that of the last seat; the published order for ties decided.",
        "pt": "Sua candidatura empatou com a do último lugar; decidiu a ordem de desempate publicada.",
        "fr": "À égalité avec la dernière place, l'ordre de départage publié a décidé pour votre candidature.",
    },
    "country_cap_reached": {
        "es": "Se alcanzó el número máximo de lugares para su país.",
        "en": "The most seats that one country may have were reached for yours.",
        "pt": "Foi atingido o número máximo de lugares para o seu país.",
        "fr": "Le nombre maximal de places pour votre pays a été atteint.",
    },
    "published_shares_and_rules": {
        "es": "Otras pasaron antes según las proporciones mínimas publicadas y la regla de una solicitud por persona.",
        "en": "Other applications came first under the published least shares and the rule of one for each person.",
        "pt": "Outras candidaturas vieram antes segundo as proporções mínimas publicadas e a regra de uma por pessoa.",
        "fr": "D'autres ont primé selon les parts minimales publiées et la règle d'une candidature par personne.",
    },
    "decided_by_hand": {
        "es": "La coordinación decidió sobre su solicitud, con un motivo que quedó registrado.",
        "en": "The coordinators decided on your application, for a reason that is on record.",
        "pt": "A coordenação decidiu sobre sua candidatura, por um motivo que ficou registrado.",
        "fr": "La coordination a décidé de votre candidature, pour un motif consigné.",
    },
}

_QUOTA = {
    "es": "{what}: lugares pedidos {asked}, alcanzables {reachable}, candidaturas {candidates}.",
    "en": "{what}: seats asked for {asked}, within reach {reachable}, candidates {candidates}.",
    "pt": "{what}: lugares pedidos {asked}, alcançáveis {reachable}, candidaturas {candidates}.",
    "fr": "{what} : places demandées {asked}, atteignables {reachable}, candidatures {candidates}.",
}
_CAP = {
    "es": "{what}: el máximo de {asked} tendría que subir a {reachable}; candidaturas {candidates}.",
    "en": "{what}: the most of {asked} would have to rise to {reachable}; candidates {candidates}.",
    "pt": "{what}: o máximo de {asked} teria de subir para {reachable}; candidaturas {candidates}.",
    "fr": "{what} : le maximum de {asked} devrait passer à {reachable} ; candidatures {candidates}.",
}
_WHAT: Mapping[str, Mapping[str, str]] = {
    "priority_country": {
        "es": "Países prioritarios",
        "en": "Priority countries",
        "pt": "Países prioritários",
        "fr": "Pays prioritaires",
    },
    "women": {"es": "Mujeres", "en": "Women", "pt": "Mulheres", "fr": "Femmes"},
    "indigenous": {
        "es": "Personas indígenas",
        "en": "Indigenous people",
        "pt": "Pessoas indígenas",
        "fr": "Personnes autochtones",
    },
    "african_descent": {
        "es": "Personas afrodescendientes",
        "en": "People of African descent",
        "pt": "Pessoas afrodescendentes",
        "fr": "Personnes d'ascendance africaine",
    },
    "lgbti": {"es": "Personas LGBTI", "en": "LGBTI people", "pt": "Pessoas LGBTI", "fr": "Personnes LGBTI"},
    "theme": {"es": "Temas", "en": "Themes", "pt": "Temas", "fr": "Thèmes"},
    GRANT: {"es": "Beca de viaje", "en": "Travel grant", "pt": "Bolsa de viagem", "fr": "Bourse de voyage"},
    CAP: {"es": "Tope por país", "en": "Cap per country", "pt": "Teto por país", "fr": "Plafond par pays"},
}


def concession_words(code: str, asked: int, reachable: int, candidates: int) -> dict[Language, str]:
    """What a rule that cannot be met would have to give, in the four languages."""
    family = next((each for each in (GRANT, CAP) if code.startswith(each)), "theme" if "theme" in code else code)
    detail = code.removeprefix(family).strip("_").replace("_", " ")
    sentence = _CAP if family == CAP else _QUOTA
    languages: tuple[Language, ...] = ("es", "en", "pt", "fr")
    return {
        each: sentence[each].format(
            what=_WHAT.get(family, {}).get(each, code) + (f" ({detail})" if detail else ""),
            asked=asked,
            reachable=reachable,
            candidates=candidates,
        )
        for each in languages
    }


__all__ = ["REASONS", "ReasonCode", "concession_words", "reason_unconsidered"]
