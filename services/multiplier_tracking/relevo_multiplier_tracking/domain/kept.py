"""What multiplier tracking keeps something for, and until when: closed lists for every stored field."""

from __future__ import annotations

from enum import StrEnum

from relevo_chassis.kept import Ground, Kept, Until


class Purpose(StrEnum):
    MULTIPLY = "to tell whether the duty to multiply is fulfilled, and to remind of it"
    VERIFY = "to show that a multiplier session was held, and to have it verified"
    HELP = "to answer the participant's questions"
    WHY = "to answer for what was asked for and decided about the participant, who may ask why"
    REACH = "to tell how many people the edition reached"


class End(StrEnum):
    DECIDED = "the report is decided on, or can no longer be; before that the picture is removed or rejected"


COMMITTED = Kept(Purpose.MULTIPLY, Ground.AGREEMENT, Until.LINKED)
SESSION = Kept(Purpose.VERIFY, Ground.AGREEMENT, Until.LINKED)
ASKED = Kept(Purpose.HELP, Ground.AGREEMENT, Until.LINKED)
HELPING = Kept(Purpose.HELP, Ground.MANDATE, Until.PUBLISHED)
REACHED = Kept(Purpose.REACH, Ground.MANDATE, Until.PUBLISHED)

SESSION_TEXTS = Kept(Purpose.VERIFY, Ground.AGREEMENT, Until.KEY)
PICTURE = Kept(Purpose.VERIFY, Ground.AGREEMENT, End.DECIDED)
THREAD = Kept(Purpose.HELP, Ground.AGREEMENT, Until.KEY)
ASKING = Kept(Purpose.WHY, Ground.CONSENT, Until.KEY)
WHY = Kept(Purpose.WHY, Ground.DUTY, Until.KEY)
