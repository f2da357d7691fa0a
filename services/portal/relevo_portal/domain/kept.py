"""What the portal keeps something for, and until when: closed lists for every stored field."""

from __future__ import annotations

from enum import StrEnum

from relevo_chassis.kept import OF_THE_SERVICE, Ground, Kept, Until


class Purpose(StrEnum):
    COUNT = "to know how an edition goes, in counts by day"
    COUNT_ONCE = "to count once what is told more than once"
    WAIT = "to lose nothing of what was sent after a session had ended"
    SIGN_IN = "to let in whoever began to sign in here, and nobody by another's sign-in"
    OPEN = "to know, from one page to the next, that whoever asks has come in"


class End(StrEnum):
    WAITED = "the person comes in again and saves it, or an hour later"
    SIGNED_IN = "the person comes back from the provider, or ten minutes later"
    STAFF_OVER = "the person signs out, the provider ends it, fifteen idle minutes later, or after eight hours"
    OVER = "the person leaves, ten idle minutes later, or after eight hours"


SESSION = Kept(Purpose.OPEN, Ground.AGREEMENT, End.OVER)
HANDLE = Kept(Purpose.OPEN, Ground.AGREEMENT, End.OVER, OF_THE_SERVICE)
SIGN_IN = Kept(Purpose.SIGN_IN, Ground.DUTY, End.SIGNED_IN)
SIGN_IN_SECRETS = Kept(Purpose.SIGN_IN, Ground.DUTY, End.SIGNED_IN, OF_THE_SERVICE)
STAFF_SESSION = Kept(Purpose.OPEN, Ground.DUTY, End.STAFF_OVER)
STAFF_TOKENS = Kept(Purpose.OPEN, Ground.DUTY, End.STAFF_OVER, OF_THE_SERVICE)
WAITING = Kept(Purpose.WAIT, Ground.AGREEMENT, End.WAITED)
WAITING_FORM = Kept(Purpose.WAIT, Ground.AGREEMENT, End.WAITED, OF_THE_SERVICE)
COUNTS = Kept(Purpose.COUNT, Ground.MANDATE, Until.PUBLISHED)
COUNTED_ONCE = Kept(Purpose.COUNT_ONCE, Ground.OPERATION, Until.LINKED)
