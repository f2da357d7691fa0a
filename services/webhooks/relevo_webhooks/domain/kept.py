"""What webhooks keeps something for, and until when: closed lists for every stored field."""

from __future__ import annotations

from enum import StrEnum

from relevo_chassis.kept import OF_THE_SERVICE, Ground, Kept, Until


class Purpose(StrEnum):
    SUBSCRIBE = "to know which system is sent which public events, and where"
    SIGN = "to sign what a system is sent, so that it knows who sent it"
    HAND_ON = "to hand public events on to whoever subscribes, now or later"
    DELIVER = "to deliver each event once, in order, and to show what does not arrive"


class End(StrEnum):
    REMOVED = "for good, without its secrets and deliveries once it is removed"
    REPLACED = "the secret is replaced, or the subscription removed"
    DELIVERED = "thirty days after it was delivered or dropped, or the subscription is removed"


SUBSCRIPTION = Kept(Purpose.SUBSCRIBE, Ground.AGREEMENT, End.REMOVED)
SECRET = Kept(Purpose.SIGN, Ground.AGREEMENT, End.REPLACED, OF_THE_SERVICE)
EVENT = Kept(Purpose.HAND_ON, Ground.MANDATE, Until.PUBLISHED)
DELIVERY = Kept(Purpose.DELIVER, Ground.OPERATION, End.DELIVERED)
