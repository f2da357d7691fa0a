"""Letters to people: queued in the transaction of what causes them, sent from there (``sender``), once."""

from relevo_intake.letters.queue import LetterKind, letter_row

__all__ = ["LetterKind", "letter_row"]
