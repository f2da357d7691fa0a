"""What staff and services may do in intake, and which role may do which of it."""

from __future__ import annotations

from relevo_chassis.http.rights import Rights, Within
from relevo_chassis.http.rights import Task as AnyTask
from relevo_intake.store.choosing import PARTICIPANT, SELECTION
from relevo_intake.store.grants import GRANTS
from relevo_intake.store.people import APPLICATION, CALL, CONTACT
from relevo_intake.store.threads import THREAD


class Task(AnyTask):
    """The closed list."""

    MANAGE_CALLS = "manage_calls"
    """Open, extend, correct and close calls, and hand out late-access codes."""
    READ_APPLICATIONS = "read_applications"
    """List and search applications, and open a dossier."""
    DECIDE_CONTACTS = "decide_contacts"
    """Say which of the linked applications stands."""
    CORRECT_DETAILS = "correct_details"
    """Correct what an applicant said of themselves."""
    BLIND_TEXTS = "blind_texts"
    """See what tells who somebody is, and redact it."""
    ASSIGN_REVIEWERS = "assign_reviewers"
    """Make up the panel."""
    READ_REVIEWS = "read_reviews"
    """Read all reviews."""
    SELECT = "select"
    """Propose, compare, adjust and apply selections."""
    GIVE_SEATS = "give_seats"
    """See the seating, set its seats and offer one by hand."""
    FOLLOW_LETTERS = "follow_letters"
    """See which letters did not arrive, and send them again."""
    KEEP_PARTICIPANTS = "keep_participants"
    """List participants, and withdraw one."""
    ERASE_PEOPLE = "erase_people"
    """Erase a person."""
    FOLLOW_NEEDS = "follow_needs"
    """See who has stated what they need for the week, and not what."""
    READ_NEEDS = "read_needs"
    """Read what a participant needs for the week."""
    KEEP_SAFE = "keep_safe"
    """See who is in danger, name who is told of it, and say with another that it is over."""
    ANSWER_THREADS = "answer_threads"
    """Read what people write to the secretariat, answer or close it."""
    READ_DECISIONS = "read_decisions"
    """See who decided what."""
    GIVE_ROLES = "give_roles"
    """Say who has which role in an edition."""
    READ_GRANTS = "read_grants"
    """See who was given which role in an edition."""
    READ_OWN_GRANTS = "read_own_grants"
    """See what one may do oneself."""
    REVIEW = "review"
    """Read and review what is assigned to oneself."""
    APPLY = "apply"
    """Do and see what is one's own."""
    ASK_IDENTITIES = "ask_identities"
    """Ask which name goes on a certificate."""


RIGHTS = Rights(
    {
        "coordinator": {
            Task.MANAGE_CALLS,
            Task.READ_APPLICATIONS,
            Task.DECIDE_CONTACTS,
            Task.CORRECT_DETAILS,
            Task.BLIND_TEXTS,
            Task.ASSIGN_REVIEWERS,
            Task.READ_REVIEWS,
            Task.SELECT,
            Task.GIVE_SEATS,
            Task.FOLLOW_LETTERS,
            Task.KEEP_PARTICIPANTS,
            Task.ERASE_PEOPLE,
            Task.FOLLOW_NEEDS,
            Task.KEEP_SAFE,
            Task.ANSWER_THREADS,
            Task.READ_DECISIONS,
            Task.READ_OWN_GRANTS,
        },
        "travel": {Task.FOLLOW_NEEDS, Task.READ_NEEDS, Task.READ_OWN_GRANTS},
        "reviewer": {Task.REVIEW, Task.READ_OWN_GRANTS},
        "head_coordinator": {Task.GIVE_ROLES, Task.READ_GRANTS, Task.READ_OWN_GRANTS},
        "auditor": {Task.READ_GRANTS, Task.READ_OWN_GRANTS},
        **{role: {Task.READ_OWN_GRANTS} for role in ("faculty", "expert", "attendance", "support_desk", "press")},
        "applicant": {Task.APPLY},
        "service": {Task.ASK_IDENTITIES},
    },
    {
        "call_id": CALL,
        "application_id": APPLICATION,
        "selection_id": SELECTION,
        "participant_id": PARTICIPANT,
        "thread_id": THREAD,
        "contact_id": Within(CONTACT, "call_id", CALL),
    },
    GRANTS,
)
