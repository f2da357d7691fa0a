"""What comes due by itself: portions of a closed week that are left to settle, the erased who leave the roster, what a
version changes for each participant, and the end of materials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from relevo_chassis.delivery import deadlines
from relevo_chassis.delivery.change import Change, Decision, Found, New, Row
from relevo_chassis.delivery.deadlines import Deadline, OnDue
from relevo_contracts import Event
from relevo_scheduling.domain import closing, materials, roster
from relevo_scheduling.domain.closing import portions_of
from relevo_scheduling.domain.materials import READ_ON, KeptFile
from relevo_scheduling.domain.own_sessions import OwnChange, changed_by_version, own_sessions_changed
from relevo_scheduling.domain.programme import Programme, Published, programme_id_of
from relevo_scheduling.domain.roster import Roster
from relevo_scheduling.store import (
    ATTENDANCE,
    MATERIALS,
    PROGRAMME,
    ROSTER,
    materials_in,
    no_piece_rows,
    programme_in,
    roster_in,
)

SETTLE = "settle_attendance"
LEAVE = "leave_roster"
CHANGED = "own_sessions_changed"
DESTROY = "destroy_file"
END = "end_materials"


@dataclass(frozen=True, slots=True)
class Portion:
    """Some of the participants of a week that is being closed, who are settled in one transaction."""

    programme_id: str
    edition_id: str
    number: int
    participant_ids: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{SETTLE}/{self.programme_id}/{self.number}"

    def row(self, now: datetime) -> Row:
        """The deadline, due at once, at which the portion is settled."""
        facts = {
            "edition_id": self.edition_id,
            "portion": self.number,
            "participant_ids": list(self.participant_ids),
        }
        return deadlines.put(Deadline(self.key, SETTLE, self.programme_id, now, facts))

    def settled(
        self, found: Found, before: Programme, now: datetime
    ) -> tuple[Programme, Sequence[New], Sequence[Event]]:
        """The programme, and all that changes, once the portion is settled; the change names its participants."""
        known = [state for state in (found[ATTENDANCE(id)] for id in self.participant_ids) if state is not None]
        after, settled, events = closing.settle(before, roster_in(found, self.edition_id), self.number, known, now)
        attendances = (New(ATTENDANCE(each.participant_id), each) for each in settled)
        return after, [New(PROGRAMME(after.programme_id), after), *attendances], events


def settling(portion: Portion, now: datetime, cause_id: str) -> Change:
    """Settles a portion of the participants, once, whoever comes first."""
    ref = PROGRAMME(portion.programme_id)

    def decide(found: Found) -> Decision:
        _, states, events = portion.settled(found, programme_in(found, ref), now)
        return Decision(states, events, [deadlines.drop(portion.key)])

    attendances = (ATTENDANCE(id) for id in portion.participant_ids)
    return Change([ref, ROSTER(portion.edition_id), *attendances], decide, now, cause_id)


def on_settle_due(deadline: Deadline, now: datetime) -> Change:
    """Settle a portion of the participants that was left when the process ended."""
    facts = deadline.facts
    portion = Portion(deadline.aggregate_id, facts["edition_id"], facts["portion"], tuple(facts["participant_ids"]))
    return settling(portion, now, deadline.cause_id)


def leave_row(edition_id: str, participant_id: str, now: datetime) -> Row:
    """The deadline, due at once, at which somebody who was erased leaves the roster."""
    return deadlines.put(
        Deadline(f"{LEAVE}/{participant_id}", LEAVE, edition_id, now, {"participant_id": participant_id})
    )


def on_leave_due(deadline: Deadline, now: datetime) -> Change:
    """Nobody who was erased is waited for or asked to be put into a group.

    Once the week is closed the roster stays as it was judged, by ids alone: what was counted stays counted (rule 14).
    """
    edition_id = deadline.aggregate_id
    ref, programme_ref = ROSTER(edition_id), PROGRAMME(programme_id_of(edition_id))

    def decide(found: Found) -> Decision:
        before, programme = found[ref], found[programme_ref]
        if before is None or (programme is not None and programme.closing is not None):
            return Decision()
        return Decision([New(ref, roster.leave(before, deadline.facts["participant_id"]))])

    return Change([ref, programme_ref], decide, now, deadline.cause_id)


def changed_rows(programme: Programme, roster: Roster, old: Published | None) -> list[Row]:
    """The deadlines, due at once, at which those are told whose own sessions a new version changed, some at a time."""
    new = programme.in_force()
    changes = changed_by_version(roster, old, new, ZoneInfo(new.frame.time_zone))
    return [
        _changed_row(programme, number, {id: changes[id] for id in ids}, old is None)
        for number, ids in enumerate(portions_of(sorted(changes)))
        if ids
    ]


def _changed_row(programme: Programme, number: int, changes: Mapping[str, OwnChange], is_first: bool) -> Row:
    new = programme.in_force()
    facts = {
        "edition_id": programme.edition_id,
        "version": new.version,
        "because": "first_published" if is_first else "published",
        "changes": {id: [*each[:3], each.next_on.isoformat()] for id, each in changes.items()},
    }
    key = f"{CHANGED}/{programme.programme_id}/{new.version}/{number}"
    return deadlines.put(Deadline(key, CHANGED, programme.programme_id, new.published_at, facts))


def on_changed_due(deadline: Deadline, now: datetime) -> Change:
    """Tell of each participant of a portion who takes part what a version changed for them."""
    facts = deadline.facts
    changes = {
        id: OwnChange(added, moved, removed, date.fromisoformat(next_on))
        for id, (added, moved, removed, next_on) in facts["changes"].items()
    }

    def decide(found: Found) -> Decision:
        taking_part = [id for id in changes if (known := found[ATTENDANCE(id)]) is not None and known.takes_part]
        version, because, at = facts["version"], facts["because"], deadline.due_at
        return Decision(
            events=[
                own_sessions_changed(id, facts["edition_id"], version, changes[id], because, at) for id in taking_part
            ]
        )

    return Change([ATTENDANCE(id) for id in changes], decide, now, deadline.cause_id)


def destroy_row(edition_id: str, file: KeptFile, now: datetime) -> Row:
    """The deadline at which the bytes of a file go that no material is any more."""
    key = f"{DESTROY}/{edition_id}/{file.digest}"
    return deadlines.put(Deadline(key, DESTROY, edition_id, now + READ_ON, {"file": file.model_dump(mode="json")}))


def on_destroy_due(deadline: Deadline, now: datetime) -> Change:
    """Destroy a file's bytes, unless it was given again in between."""
    edition_id, file = deadline.aggregate_id, KeptFile.model_validate(deadline.facts["file"])

    def decide(found: Found) -> Decision:
        if file.digest in materials_in(found, edition_id).files:
            return Decision()
        return Decision(rows=no_piece_rows(edition_id, file))

    return Change([MATERIALS(edition_id)], decide, now, deadline.cause_id)


def end_row(edition_id: str, ends_at: datetime) -> Row:
    """The deadline at which an edition's materials end."""
    return deadlines.put(Deadline(f"{END}/{edition_id}", END, edition_id, ends_at))


def on_end_due(deadline: Deadline, now: datetime) -> Change:
    """End an edition's materials, with their bytes, unless its week was moved to later."""
    edition_id = deadline.aggregate_id
    ref, programme_ref = MATERIALS(edition_id), PROGRAMME(programme_id_of(edition_id))

    def decide(found: Found) -> Decision:
        before, programme = materials_in(found, edition_id), programme_in(found, programme_ref)
        if (ends_at := materials.ends_at(programme)) > now:
            return Decision(rows=[end_row(edition_id, ends_at)])
        gone = [row for each in before.files.values() for row in no_piece_rows(edition_id, each)]
        return Decision([New(ref, materials.let_go(before, now))], rows=gone)

    return Change([ref, programme_ref], decide, now, deadline.cause_id)


ON_DUE: Mapping[str, OnDue] = {
    SETTLE: on_settle_due,
    LEAVE: on_leave_due,
    CHANGED: on_changed_due,
    DESTROY: on_destroy_due,
    END: on_end_due,
}
