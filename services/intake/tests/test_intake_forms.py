"""What the forms take."""

from __future__ import annotations

from relevo_intake.http.forms import ApplicationForm, DraftForm


def test_what_may_be_left_out_may_be_left_empty() -> None:
    given = {"contact": "ana@mail.invalid", "name": "Ana", "language": "es", "country": "GT", "motivation": "El río."}
    form = ApplicationForm.model_validate(
        {**given, "consent": True, "organisation": "", "experience": "", "multiplier_idea": ""}
    )
    assert (form.organisation, form.experience, form.multiplier_idea) == ("", "", "")
    assert DraftForm.model_validate({"name": "", "motivation": ""}).name == ""
