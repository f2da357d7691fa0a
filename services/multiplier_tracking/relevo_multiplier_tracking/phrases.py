"""What the service says to participants, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from relevo_chassis.languages import Language
from relevo_multiplier_tracking.domain.next_step import NextStep
from relevo_multiplier_tracking.domain.reports import SessionState

NEXT_STEP: Mapping[NextStep, Mapping[Language, str]] = {
    "wait_for_the_week": {
        "es": "Su compromiso comienza cuando haya completado la semana presencial.",
        "en": "Your commitment begins when you have completed the on-site week.",
        "pt": "O seu compromisso começa quando tiver concluído a semana presencial.",
        "fr": "Votre engagement commence lorsque vous aurez terminé la semaine en présentiel.",
    },
    "nothing_is_due": {
        "es": "No tiene nada pendiente.",
        "en": "There is nothing for you to do.",
        "pt": "Não há nada pendente da sua parte.",
        "fr": "Vous n'avez rien à faire.",
    },
    "rest_while_paused": {
        "es": "Los plazos están en pausa. Su fecha límite se moverá tantos días como dure la pausa.",
        "en": "The days stand still. Your due day will move by as many days as the pause lasts.",
        "pt": "Os prazos estão em pausa. A sua data-limite será adiada por tantos dias quantos durar a pausa.",
        "fr": "Les délais sont suspendus. Votre date limite sera reportée d'autant de jours que durera la pause.",
    },
    "correct_the_report": {
        "es": "Le devolvimos un informe: corríjalo y envíelo de nuevo dentro del plazo indicado.",
        "en": "A report was returned to you: correct it and send it again by the day shown.",
        "pt": "Um relatório foi devolvido: corrija-o e envie-o novamente dentro do prazo indicado.",
        "fr": "Un rapport vous a été renvoyé : corrigez-le et renvoyez-le avant la date indiquée.",
    },
    "wait_for_the_decision": {
        "es": "Recibimos su informe. El equipo lo está revisando.",
        "en": "We have your report. The staff are looking at it.",
        "pt": "Recebemos o seu relatório. A equipe está analisando-o.",
        "fr": "Nous avons reçu votre rapport. L'équipe l'examine.",
    },
    "wait_for_the_answer": {
        "es": "Recibimos su solicitud. Nada vence hasta que la coordinación la decida.",
        "en": "We have your request. Nothing is over until the coordinators have decided it.",
        "pt": "Recebemos o seu pedido. Nenhum prazo termina antes da decisão da coordenação.",
        "fr": "Nous avons reçu votre demande. Aucun délai n'expire avant la décision de la coordination.",
    },
    "plan_a_session": {
        "es": "Planifique una sesión multiplicadora, o informe de la que ya haya realizado.",
        "en": "Plan a multiplier session, or report one that you have held.",
        "pt": "Planeje uma sessão multiplicadora, ou informe a que já tiver realizado.",
        "fr": "Planifiez une session de démultiplication, ou déclarez celle que vous avez tenue.",
    },
    "hold_the_session": {
        "es": "Realice la sesión planificada y después envíe su informe.",
        "en": "Hold the session you have planned, then report it.",
        "pt": "Realize a sessão planejada e depois envie o relatório.",
        "fr": "Tenez la session prévue, puis envoyez votre rapport.",
    },
    "report_the_session": {
        "es": "El día planificado ya pasó: informe de la sesión, o cambie la fecha.",
        "en": "The day you planned has passed: report the session, or change its day.",
        "pt": "O dia planejado já passou: informe a sessão, ou altere a data.",
        "fr": "Le jour prévu est passé : déclarez la session, ou changez sa date.",
    },
    "report_what_was_held": {
        "es": "La fecha límite ya pasó: aún puede informar de una sesión realizada hasta ese día.",
        "en": "The due day has passed: you can still report a session that was held by that day.",
        "pt": "A data-limite já passou: ainda pode informar uma sessão realizada até esse dia.",
        "fr": "La date limite est passée : vous pouvez encore déclarer une session tenue au plus tard ce jour-là.",
    },
    "wait_for_the_review": {
        "es": "La coordinación está revisando su compromiso y le informará.",
        "en": "The coordinators are reviewing your commitment and will tell you the outcome.",
        "pt": "A coordenação está revisando o seu compromisso e comunicará o resultado.",
        "fr": "La coordination réexamine votre engagement et vous informera du résultat.",
    },
    "all_is_done": {
        "es": "Ha cumplido su compromiso. Gracias.",
        "en": "You have fulfilled your commitment. Thank you.",
        "pt": "Você cumpriu o seu compromisso. Agradecemos.",
        "fr": "Vous avez rempli votre engagement. Merci.",
    },
    "ask_a_coordinator": {
        "es": "El plazo ha terminado. Si hubo un motivo, escriba a la coordinación: el compromiso puede reabrirse.",
        "en": "The time is over. If there was a reason, write to the coordinators: it can be reopened or extended.",
        "pt": "O prazo terminou. Se houve um motivo, escreva à coordenação: o compromisso pode ser reaberto.",
        "fr": "Le délai est écoulé. S'il y a eu un motif, écrivez à la coordination : l'engagement peut être rouvert.",
    },
}

TimelineWord = Literal["title", "week", "due", "until", "today", "paused"]

TIMELINE: Mapping[Language, Mapping[TimelineWord, str]] = {
    "es": {
        "title": "Los días de su compromiso",
        "week": "fin de la semana presencial",
        "due": "fecha límite",
        "until": "último día para informar",
        "today": "hoy",
        "paused": "en pausa",
    },
    "en": {
        "title": "The days of your commitment",
        "week": "end of the on-site week",
        "due": "due day",
        "until": "last day to report",
        "today": "today",
        "paused": "paused",
    },
    "pt": {
        "title": "Os dias do seu compromisso",
        "week": "fim da semana presencial",
        "due": "data-limite",
        "until": "último dia para informar",
        "today": "hoje",
        "paused": "em pausa",
    },
    "fr": {
        "title": "Les jours de votre engagement",
        "week": "fin de la semaine en présentiel",
        "due": "date limite",
        "until": "dernier jour pour déclarer",
        "today": "aujourd'hui",
        "paused": "suspendu",
    },
}

SESSION_STATE: Mapping[SessionState, Mapping[Language, str]] = {
    "planned": {"es": "planificada", "en": "planned", "pt": "planejada", "fr": "prévue"},
    "reported": {"es": "en revisión", "en": "being looked at", "pt": "em análise", "fr": "à l'examen"},
    "returned": {"es": "por corregir", "en": "to be corrected", "pt": "a corrigir", "fr": "à corriger"},
    "verified": {"es": "verificada", "en": "verified", "pt": "verificada", "fr": "vérifiée"},
    "rejected": {"es": "rechazada", "en": "rejected", "pt": "rejeitada", "fr": "rejetée"},
}

MONTHS: Mapping[Language, tuple[str, ...]] = {
    "es": tuple("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()),
    "en": tuple("January February March April May June July August September October November December".split()),
    "pt": tuple("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split()),
    "fr": tuple("janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()),
}
