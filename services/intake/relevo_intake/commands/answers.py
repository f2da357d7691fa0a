"""What somebody answered to further questions of a call, opened on record, and what reviewers see of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from relevo_chassis.delivery.change import Asked
from relevo_chassis.people.vault import PersonKey, Vault
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import on_behalf, record_reading
from relevo_intake.domain.answers import SEALED_ANSWERS, for_reviewers
from relevo_intake.domain.blindness import Writer, blinded
from relevo_intake.domain.call import Call
from relevo_intake.domain.questions import Question
from relevo_intake.domain.sealed import AnswerValue, Identity, Profile, Redaction


def answer_fields(questions: Sequence[Question]) -> tuple[str, ...]:
    """The field sets under which answers to these lie."""
    return tuple(SEALED_ANSWERS[end].field_set for end in sorted({each.kept_until for each in questions}))


async def answers_of(vault: Vault, key: PersonKey, questions: Sequence[Question]) -> dict[str, AnswerValue]:
    """What somebody answered to these, as far as it is kept. Whoever asks puts it on record before."""
    found = dict[str, AnswerValue]()
    for end in sorted({each.kept_until for each in questions}):
        model = SEALED_ANSWERS[end]
        if part := await vault.open_with(key, model.field_set, model):
            found |= part.answers
    return found


async def texts_answered(
    vault: Vault, person_ids: Sequence[str], questions: Sequence[Question]
) -> dict[str, dict[str, str]]:
    """By person, what they answered in texts to those of these that reviewers see, by where it stands. Whoever asks
    puts it on record before."""
    wanted = [each for each in for_reviewers(questions) if each.kind == "text"]
    found: dict[str, dict[str, AnswerValue]] = {each: {} for each in person_ids}
    for end in sorted({each.kept_until for each in wanted}):
        model = SEALED_ANSWERS[end]
        for person_id, part in (await vault.open_many(person_ids, model.field_set, model)).items():
            found[person_id] |= part.answers if part else {}
    return {
        person_id: {f"answers.{each.key}": str(answers[each.key]) for each in wanted if each.key in answers}
        for person_id, answers in found.items()
    }


async def answers_for_review(
    office: Office,
    key: PersonKey,
    call: Call,
    profile: Profile | None,
    redaction: Redaction | None,
    asked: Asked,
    *,
    redacted: bool,
) -> Mapping[str, AnswerValue]:
    """What reviewers see: texts without what a coordinator struck out of them, and in a blind call without what tells
    who wrote them. No text where something was struck out and is kept no longer: ``redaction`` is ``None`` then, and
    ``redacted`` is not."""
    questions = for_reviewers(call.questions_in_force)
    answers = await answers_of(office.vault, key, questions) if questions else {}
    texts = {each.key: str(answers[each.key]) for each in questions if each.kind == "text" and each.key in answers}
    if redacted and redaction is None:
        return {key: answer for key, answer in answers.items() if key not in texts}
    struck = redaction.answers if redaction else {}
    texts = {key: struck.get(f"answers.{key}", text) for key, text in texts.items()}
    if not call.criteria.blind or not texts:
        return {**answers, **texts}
    await record_reading(office.commits, on_behalf(asked), "review", [Identity.field_set], [key.person_id])
    identity = await office.vault.open_with(key, Identity.field_set, Identity)
    organisation = profile.organisation if profile else None
    writer = Writer(identity.name, identity.contact, organisation) if identity else Writer(None, None, organisation)
    return {**answers, **await asyncio.to_thread(blinded, texts, writer)}
