import pytest

from relevo_contracts.published import in_words


@pytest.mark.parametrize(
    ("sentence", "in_published_words"),
    [
        ("The days stand still (rule 10).", "The days stand still."),
        ("A coordinator decides (rules 6 and 12).", "A coordinator decides."),
        ("Seats and offers (rules 3 to 5): all of them.", "Seats and offers: all of them."),
        ("Score it (reviewer; rule 2).", "Score it (reviewer)."),
        ("Kept (rules 17, 19 and 22), and so is this (a rule of thumb).", "Kept, and so is this (a rule of thumb)."),
    ],
)
def test_a_rule_is_told_in_words_and_not_by_its_number(sentence: str, in_published_words: str) -> None:
    assert in_words(sentence) == in_published_words


def test_every_text_of_a_document_is_looked_at_and_nothing_else_is_touched() -> None:
    document = {"a": ["x (rule 1)", {"b": "y (rule 2)", "rule 3": 4}], "c": 5, "d": None}
    assert in_words(document) == {"a": ["x", {"b": "y", "rule 3": 4}], "c": 5, "d": None}
