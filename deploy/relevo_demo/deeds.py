"""What befell people in the replay, counted as it is done, to be compared with what the services say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal

Deed = Literal[
    "call_extended", "without_address", "mail_refused", "reached_again", "corrected_before_close",
    "superseded_by_holder", "selections_outdated", "adjusted_by_hand", "left_waitlist", "seats_by_hand",
    "groups_changed", "excused", "own_address", "address_confirmed", "name_corrected_before", "name_corrected_after",
    "name_hidden_before", "name_hidden_after", "name_shown_before", "name_shown_after", "held_together",
    "pauses_granted", "pauses_declined", "returned_with_words",
]  # fmt: skip
Deeds = Counter[Deed]
WORDS: Mapping[Deed, str] = {
    "call_extended": "the call kept open longer",
    "without_address": "applied without an e-mail address",
    "mail_refused": "letters refused for good",
    "reached_again": "… of whom reached again at another address",
    "corrected_before_close": "application corrected while the call was open",
    "superseded_by_holder": "application superseded by another that its holder confirmed",
    "selections_outdated": "selection outdated, and proposed anew",
    "adjusted_by_hand": "… with somebody decided by hand",
    "left_waitlist": "left the waitlist for other plans",
    "seats_by_hand": "free seat offered by a coordinator",
    "groups_changed": "changed groups in the midst of the week, and completed it",
    "excused": "excused from sessions, and completed the week",
    "own_address": "gave another address; the old one was told",
    "address_confirmed": "had another put forward by staff; its holder confirmed it",
    "name_corrected_before": "name corrected before the certificate",
    "name_corrected_after": "name corrected after the certificate",
    "name_hidden_before": "name hidden before the certificate",
    "name_hidden_after": "name hidden after the certificate",
    "name_shown_before": "name shown before the certificate",
    "name_shown_after": "name shown after the certificate",
    "held_together": "held a session together with another, counted once",
    "pauses_granted": "asked for a pause: granted",
    "pauses_declined": "asked for a pause: declined",
    "returned_with_words": "report returned with words, and corrected",
}
