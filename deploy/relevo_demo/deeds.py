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
    "pauses_granted", "pauses_declined", "returned_with_words", "asked_secretariat", "needed_no_answer", "needs_stated",
    "invited", "pictures_sent", "picture_rejected",
]  # fmt: skip
Deeds = Counter[Deed]
ON_THE_WAY: Mapping[str, Mapping[Deed, str]] = {
    "the call": {
        "call_extended": "call kept open longer",
        "without_address": "applied without an e-mail address",
        "mail_refused": "gave an address that refuses letters",
        "reached_again": "… and were reached at another one",
        "corrected_before_close": "corrected the application while the call was open",
        "superseded_by_holder": "application set aside, by word of who holds its address",
    },
    "the selection": {
        "selections_outdated": "proposal refused as outdated, and made anew",
        "adjusted_by_hand": "put among the chosen by a coordinator",
        "left_waitlist": "left the waitlist for other plans",
        "seats_by_hand": "free seat offered by a coordinator",
    },
    "a person to write to": {
        "asked_secretariat": "asked the secretariat something, and read its answer",
        "needed_no_answer": "… and asked further, and then needed no answer",
    },
    "before the week": {
        "needs_stated": "stated what they need, read by who sees to it",
        "invited": "had an invitation for the visa made, and a stranger verified it",
    },
    "the week": {
        "groups_changed": "changed groups midway, and completed the week",
        "excused": "excused for a day, and completed the week",
    },
    "the sixty days": {
        "pauses_granted": "asked for a pause: granted",
        "pauses_declined": "asked for a pause: declined",
        "held_together": "held a session together, its people counted once",
        "returned_with_words": "got a report back with a question, and corrected it",
        "pictures_sent": "sent pictures of their session, seen by who verifies it",
        "picture_rejected": "… of which one was rejected, with names in it",
    },
    "addresses and names": {
        "own_address": "gave another address; the old one was told",
        "address_confirmed": "had another entered by staff, and confirmed it",
        "name_corrected_before": "corrected their name before the certificate",
        "name_corrected_after": "… or after it, and had it replaced",
        "name_hidden_before": "hid their name before the certificate",
        "name_hidden_after": "… or after it, and had it replaced",
        "name_shown_before": "showed their name before the certificate",
        "name_shown_after": "… or after it, and had it replaced",
    },
}
"""By the part of the course, in words that stand beside how many."""
WORDS: Mapping[Deed, str] = {deed: words for of_a_part in ON_THE_WAY.values() for deed, words in of_a_part.items()}
