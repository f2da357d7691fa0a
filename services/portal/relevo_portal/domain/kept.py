"""What the portal keeps something for, and until when: closed lists for every stored field."""

from __future__ import annotations

from enum import StrEnum

from relevo_chassis.kept import OF_THE_SERVICE, Ground, Kept, Until


class Purpose(StrEnum):
    COUNT = "to know how an edition goes, in counts by day"
    COUNT_ONCE = "to count once what is told more than once"
    WAIT = "to lose nothing of what was sent after a session had ended"
    OPEN = "to know, from one page to the next, that whoever asks has come in"


class End(StrEnum):
    WAITED = "the person comes in again and saves it, or an hour later"
    OVER = "the person leaves, ten idle minutes later, or after eight hours"


SESSION = Kept(Purpose.OPEN, Ground.AGREEMENT, End.OVER)
HANDLE = Kept(Purpose.OPEN, Ground.AGREEMENT, End.OVER, OF_THE_SERVICE)
WAITING = Kept(Purpose.WAIT, Ground.AGREEMENT, End.WAITED)
WAITING_FORM = Kept(Purpose.WAIT, Ground.AGREEMENT, End.WAITED, OF_THE_SERVICE)
COUNTS = Kept(Purpose.COUNT, Ground.MANDATE, Until.PUBLISHED)
COUNTED_ONCE = Kept(Purpose.COUNT_ONCE, Ground.OPERATION, Until.LINKED)
