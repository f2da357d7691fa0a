"""Letters to people: queued in the transaction of what causes them, sent from there (``sender``), once."""

from relevo_intake.letters.queue import letter_row

__all__ = ["letter_row"]
