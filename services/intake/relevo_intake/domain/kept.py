"""What intake keeps something for, and until when: closed lists for every stored field."""

from __future__ import annotations

from enum import StrEnum

from relevo_chassis.kept import Ground, Kept, Until


class Purpose(StrEnum):
    CALL = "to hold the call: what is announced, from when to when, by which criteria"
    APPLY = "to take an application in, and let whoever sent it find it again"
    CONTACT = "to link the applications of one contact, of which one stands"
    REACH = "to write to the person, and to put their name where they want it"
    ASK = "what each further question of the call says that it is asked for"
    REVIEW = "to have an application judged by people who have no conflict"
    SELECT = "to select under published criteria, and to show afterwards how"
    SEAT = "to offer, give and hand on seats and travel grants"
    TAKE_PART = "to let the person take part, under the requirements of that day"
    WHY = "to answer for what was decided about the person, who may ask why"
    ANSWER = "to let the person ask the secretariat, and be answered"
    NEEDS = "to have the person travel, understand, eat and get about in the week, and to reach somebody for them"
    SAFE = "to keep the person safe while they are in danger, and to have somebody told of it"
    GUARD = "to let people begin while machines try to begin in masses"
    FORGOTTEN = "to keep erased whoever was"
    MAY = "to know which account of the staff may do what in which edition, and who said so"


class End(StrEnum):
    DRAFT = "it is submitted or given up, or 30 days after the close of the call"
    SENT = "the letter is sent, or given up"
    ANSWERED = "it is answered, within a minute as a rule"
    THREAD = "90 days after the certificate, or when the person is erased"
    AFTER_WEEK = "14 days after the last on-site day, or the person takes it back or leaves before"
    COUNTED = "ten minutes later"
    USED = "the proof would count no more anyway, after 70 minutes at most"
    LEFT = "whoever came in leaves, or 12 hours later"


CALL = Kept(Purpose.CALL, Ground.MANDATE, Until.PUBLISHED)
GRANT = Kept(Purpose.MAY, Ground.DUTY, Until.LINKED)
BEGUN = Kept(Purpose.GUARD, Ground.OPERATION, End.COUNTED)
PROOF = Kept(Purpose.GUARD, Ground.OPERATION, End.USED)
STAFF = Kept(Purpose.CALL, Ground.DUTY, Until.LINKED)
APPLICATION = Kept(Purpose.APPLY, Ground.CONSENT, Until.LINKED)
CONTACT = Kept(Purpose.CONTACT, Ground.CONSENT, Until.ERASED)
CORRECTED = Kept(Purpose.REACH, Ground.CONSENT, Until.LINKED)
JUDGED = Kept(Purpose.REVIEW, Ground.MANDATE, Until.LINKED)
PANEL = Kept(Purpose.REVIEW, Ground.AGREEMENT, Until.LINKED)
CAME_IN = Kept(Purpose.APPLY, Ground.CONSENT, End.LEFT)
RECOVERY = Kept(Purpose.APPLY, Ground.CONSENT, Until.ERASED)
LOST_CODE = Kept(Purpose.APPLY, Ground.CONSENT, End.ANSWERED)
SAFE = Kept(Purpose.SAFE, Ground.CONSENT, Until.ERASED)
WATCHED_BY = Kept(Purpose.SAFE, Ground.DUTY, Until.PUBLISHED)
THREAD = Kept(Purpose.ANSWER, Ground.AGREEMENT, End.THREAD)
DRAFT = Kept(Purpose.APPLY, Ground.CONSENT, End.DRAFT)
SELECTED = Kept(Purpose.SELECT, Ground.MANDATE, Until.LINKED)
SEATED = Kept(Purpose.SEAT, Ground.AGREEMENT, Until.LINKED)
TAKING_PART = Kept(Purpose.TAKE_PART, Ground.AGREEMENT, Until.LINKED)
NEEDS_KNOWN = Kept(Purpose.NEEDS, Ground.CONSENT, Until.LINKED)
WEEK = Kept(Purpose.NEEDS, Ground.MANDATE, Until.PUBLISHED)
FORGOTTEN = Kept(Purpose.FORGOTTEN, Ground.DUTY, Until.LINKED)
LETTER = Kept(Purpose.REACH, Ground.CONSENT, Until.ERASED)

WHO = Kept(Purpose.REACH, Ground.CONSENT, Until.KEY)
PROFILE = Kept(Purpose.SELECT, Ground.CONSENT, Until.KEY)
STATED = Kept(Purpose.REVIEW, Ground.CONSENT, Until.KEY)
WRITTEN = Kept(Purpose.ANSWER, Ground.AGREEMENT, Until.KEY)
ANSWERED = Kept(Purpose.ASK, Ground.CONSENT, Until.KEY)
COMMENT = Kept(Purpose.REVIEW, Ground.MANDATE, Until.KEY)
WEIGHED = Kept(Purpose.SELECT, Ground.MANDATE, Until.KEY)
WHY = Kept(Purpose.WHY, Ground.DUTY, Until.KEY)
NEEDED = Kept(Purpose.NEEDS, Ground.CONSENT, End.AFTER_WEEK)
ADDRESSEE = Kept(Purpose.REACH, Ground.CONSENT, End.SENT)
