"""The words of every code that the service's answers hold, in the four working languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from relevo_contracts.multiplier_tracking import (
    CommitmentReview,
    RejectedBecause,
    ReturnedBecause,
    SessionFormat,
    SupportTopic,
)
from relevo_multiplier_tracking.domain.commitment import AskedFor, CommitmentState, RequestState, StepTaken
from relevo_multiplier_tracking.domain.next_step import NextStep
from relevo_multiplier_tracking.domain.reports import SessionState
from relevo_multiplier_tracking.domain.sealed import Language, PauseReason, ReopenReason
from relevo_multiplier_tracking.domain.support import SupportState
from relevo_multiplier_tracking.phrases import NEXT_STEP, SESSION_STATE

Said = Mapping[Language, str]


def _said(es: str, en: str, pt: str, fr: str) -> Said:
    return {"es": es, "en": en, "pt": pt, "fr": fr}


_OTHER = _said("otro motivo", "another reason", "outro motivo", "autre motif")

RETURNED_BECAUSE: Mapping[ReturnedBecause, Said] = {
    "evidence_missing": _said("falta la evidencia", "the evidence is missing", "falta a evidência",
                              "il manque les éléments de preuve"),
    "evidence_unreadable": _said("la evidencia no se puede leer", "the evidence cannot be read",
                                 "não é possível ler a evidência", "les éléments de preuve sont illisibles"),
    "people_unclear": _said("no queda claro cuántas personas participaron", "it is not clear how many people took part",
                            "não está claro quantas pessoas participaram",
                            "on ne sait pas combien de personnes ont participé"),
    "duration_unclear": _said("no queda claro cuánto duró", "it is not clear how long it lasted",
                              "não está claro quanto tempo durou", "la durée n'est pas claire"),
    "date_unclear": _said("no queda clara la fecha", "the day is not clear", "a data não está clara",
                          "la date n'est pas claire"),
    "other": _OTHER,
}  # fmt: skip

REJECTED_BECAUSE: Mapping[RejectedBecause, Said] = {
    "too_short": _said("la sesión fue demasiado corta", "the session was too short", "a sessão foi curta demais",
                       "la session était trop courte"),
    "too_few_people": _said("participaron muy pocas personas", "too few people took part",
                            "participaram pessoas de menos", "trop peu de personnes ont participé"),
    "outside_the_period": _said("se realizó fuera del plazo", "it was held outside the period",
                                "foi realizada fora do prazo", "elle a été tenue en dehors de la période"),
    "not_the_course_contents": _said("no trató los contenidos del curso", "it was not about the contents of the course",
                                     "não tratou dos conteúdos do curso", "elle ne traitait pas du contenu du cours"),
    "not_credible": _said("no se pudo confirmar que se realizara", "it could not be confirmed that it was held",
                          "não foi possível confirmar que foi realizada", "sa tenue n'a pas pu être confirmée"),
    "other": _OTHER,
}  # fmt: skip

BECAUSE: Mapping[str, Said] = dict([*RETURNED_BECAUSE.items(), *REJECTED_BECAUSE.items()])

SESSION_FORMAT: Mapping[SessionFormat, Said] = {
    "in_person": _said("presencial", "in person", "presencial", "en présentiel"),
    "online": _said("en línea", "online", "on-line", "en ligne"),
    "hybrid": _said("híbrida", "hybrid", "híbrida", "hybride"),
    "other": _said("de otra forma", "in another way", "de outra forma", "sous une autre forme"),
}

COMMITMENT_STATE: Mapping[CommitmentState, Said] = {
    "expected": _said("aún no comienza", "not begun yet", "ainda não começou", "pas encore commencé"),
    "not_due": _said("no corresponde", "nothing is due", "não é devido", "rien n'est dû"),
    "open": _said("en curso", "under way", "em andamento", "en cours"),
    "fulfilled": _said("cumplido", "fulfilled", "cumprido", "rempli"),
    "lapsed": _said("vencido", "lapsed", "vencido", "expiré"),
    "under_review": _said("en revisión por la coordinación", "under review by the coordinators",
                          "em revisão pela coordenação", "réexaminé par la coordination"),
    "withdrawn": _said("retirado del curso", "withdrawn from the course", "desligado do curso", "retiré du cours"),
}  # fmt: skip

REASON: Mapping[PauseReason | ReopenReason, Said] = {
    "threat": _said("amenaza", "threat", "ameaça", "menace"),
    "illness": _said("enfermedad", "illness", "doença", "maladie"),
    "emergency": _said("estado de emergencia", "state of emergency", "estado de emergência", "état d'urgence"),
    "network_shutdown": _said("corte de la red", "network shutdown", "corte da rede", "coupure du réseau"),
    "reported_late": _said("se informó tarde", "reported late", "informado tarde", "déclaré tardivement"),
    "our_mistake": _said("error nuestro", "a mistake of ours", "erro nosso", "une erreur de notre part"),
    "other": _OTHER,
}

ASKED_FOR: Mapping[AskedFor, Said] = {
    "pause": _said("una pausa", "a pause", "uma pausa", "une pause"),
    "more_days": _said("más días", "more days", "mais dias", "plus de jours"),
}

REQUEST_STATE: Mapping[RequestState, Said] = {
    "awaiting": _said("en espera de decisión", "awaiting a decision", "aguardando decisão", "en attente de décision"),
    "granted": _said("concedida", "granted", "concedido", "accordée"),
    "declined": _said("denegada", "declined", "negado", "refusée"),
    "withdrawn": _said("retirada", "taken back", "retirado", "retirée"),
    "ended": _said("sin objeto", "no longer needed", "sem objeto", "sans objet"),
}

STEP: Mapping[StepTaken, Said] = {
    "paused": _said("en pausa", "paused", "em pausa", "suspendu"),
    "resumed": _said("reanudado", "resumed", "retomado", "repris"),
    "extended": _said("prorrogado", "extended", "prorrogado", "prolongé"),
    "reopened": _said("reabierto", "reopened", "reaberto", "rouvert"),
    "verification_withdrawn": _said("verificación retirada", "verification withdrawn", "verificação retirada",
                                    "vérification retirée"),
    "upheld": _said("confirmado", "upheld", "confirmado", "confirmé"),
    "ended": _said("terminado", "ended", "encerrado", "terminé"),
    "lapsed": _said("vencido", "lapsed", "vencido", "expiré"),
    "put_under_review": _said("puesto en revisión", "put under review", "posto em revisão", "mis en réexamen"),
}  # fmt: skip

REVIEW: Mapping[CommitmentReview, Said] = {
    "verification_withdrawn": _said("se retiró una verificación", "a verification was withdrawn",
                                    "uma verificação foi retirada", "une vérification a été retirée"),
    "onsite_corrected": _said("se corrigió la semana presencial", "the on-site week was corrected",
                              "a semana presencial foi corrigida", "la semaine en présentiel a été corrigée"),
    "other": _OTHER,
}  # fmt: skip

SUPPORT_TOPIC: Mapping[SupportTopic, Said] = {
    "contents": _said("contenidos", "contents", "conteúdos", "contenu"),
    "method": _said("método", "method", "método", "méthode"),
    "security": _said("seguridad", "security", "segurança", "sécurité"),
    "logistics": _said("logística", "logistics", "logística", "logistique"),
    "reporting": _said("informes", "reporting", "relatórios", "rapports"),
    "other": _said("otro tema", "another topic", "outro tema", "autre sujet"),
}

SUPPORT_STATE: Mapping[SupportState, Said] = {
    "open": _said("sin asignar", "free", "sem responsável", "à prendre"),
    "assigned": _said("asignada", "assigned", "atribuída", "attribuée"),
    "answered": _said("respondida", "answered", "respondida", "répondue"),
    "closed": _said("cerrada", "closed", "encerrada", "close"),
}

LISTS: Mapping[str, tuple[Any, Mapping[Any, Said]]] = {
    "returned_because": (ReturnedBecause, RETURNED_BECAUSE),
    "rejected_because": (RejectedBecause, REJECTED_BECAUSE),
    "session_state": (SessionState, SESSION_STATE),
    "session_format": (SessionFormat, SESSION_FORMAT),
    "commitment_state": (CommitmentState, COMMITMENT_STATE),
    "next_step": (NextStep, NEXT_STEP),
    "reason": (PauseReason | ReopenReason, REASON),
    "asked_for": (AskedFor, ASKED_FOR),
    "request_state": (RequestState, REQUEST_STATE),
    "step": (StepTaken, STEP),
    "review": (CommitmentReview, REVIEW),
    "support_topic": (SupportTopic, SUPPORT_TOPIC),
    "support_state": (SupportState, SUPPORT_STATE),
}
"""Each list of codes with its words."""


def codes_of(literal: Any) -> set[str]:
    """The codes of a list, or of several."""
    return {code for each in get_args(literal) for code in ([each] if isinstance(each, str) else get_args(each))}
