"""What scheduling keeps something for, and until when: closed lists for every stored field."""

from __future__ import annotations

from enum import StrEnum

from relevo_chassis.kept import Ground, Kept, Until


class Purpose(StrEnum):
    WEEK = "to hold the week: what is taught when, where and by whom"
    ATTEND = "to tell who has completed the week, from what they attended and owed"
    CALENDAR = "to show the participant's own week in their calendar"
    TEACH = "to teach: what participants read in the week and pass on after it"
    WHY = "to answer for what was decided about the participant, who may ask why"


class End(StrEnum):
    MATERIALS = "it is withdrawn, or a year after the week"
    LINK = "the participant makes a new link, has the receipt code renewed, leaves or is erased"


WEEK = Kept(Purpose.WEEK, Ground.MANDATE, Until.PUBLISHED)
FACULTY = Kept(Purpose.WEEK, Ground.AGREEMENT, Until.PUBLISHED)
STAFF = Kept(Purpose.WEEK, Ground.DUTY, Until.LINKED)
ATTENDED = Kept(Purpose.ATTEND, Ground.AGREEMENT, Until.LINKED)
LINK = Kept(Purpose.CALENDAR, Ground.AGREEMENT, End.LINK)
WHY = Kept(Purpose.WHY, Ground.DUTY, Until.KEY)
MATERIAL = Kept(Purpose.TEACH, Ground.MANDATE, End.MATERIALS)
MATERIAL_STAFF = Kept(Purpose.TEACH, Ground.DUTY, End.MATERIALS)
