"""What certification keeps something for, and until when: closed lists for every stored field."""

from __future__ import annotations

from enum import StrEnum

from relevo_chassis.kept import Ground, Kept, Until


class Purpose(StrEnum):
    CERTIFY = "to certify who completed the course, and to let anybody who is shown it verify it"
    NAME = "to put the holder's name on their certificate, and to show it where they want it"
    EDITION = "to say on every certificate what the course was and who answers for it"
    KEYS = "to have what was signed verified for as long as somebody shows it"
    ASKED = "to show when and what for intake was asked who somebody is"
    COUNT = "to tell how many certificates there are"
    INVITE = "to invite a participant to the on-site week, and to let a consulate verify the invitation"
    HAND_OVER = "to hand a certificate over to its holder's wallet, when they ask for it"


class End(StrEnum):
    INVITED = "the last day of the on-site week is over, or the person is erased"
    OFFERED = "the offer is used or over: ten minutes, and five more for a wallet that used it"


CERTIFIED = Kept(Purpose.CERTIFY, Ground.AGREEMENT, Until.LINKED)
ISSUING = Kept(Purpose.CERTIFY, Ground.DUTY, Until.LINKED)
NAMED = Kept(Purpose.NAME, Ground.CONSENT, Until.KEY)
PAPERS = Kept(Purpose.CERTIFY, Ground.AGREEMENT, Until.KEY)
EDITION = Kept(Purpose.EDITION, Ground.MANDATE, Until.PUBLISHED)
SIGNING = Kept(Purpose.KEYS, Ground.MANDATE, Until.PUBLISHED)
ASKED = Kept(Purpose.ASKED, Ground.DUTY, Until.LINKED)
COUNTED = Kept(Purpose.COUNT, Ground.MANDATE, Until.PUBLISHED)
INVITED = Kept(Purpose.INVITE, Ground.AGREEMENT, Until.LINKED)
COMPARED = Kept(Purpose.INVITE, Ground.AGREEMENT, End.INVITED)
OFFERED = Kept(Purpose.HAND_OVER, Ground.AGREEMENT, End.OFFERED)
OFFERED_ONCE = Kept(Purpose.HAND_OVER, Ground.AGREEMENT, Until.LINKED)
