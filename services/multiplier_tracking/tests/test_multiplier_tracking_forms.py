"""What people may send in."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from relevo_multiplier_tracking.http.forms import CorrectionForm, ReportForm


@pytest.mark.parametrize("wrong", [{"minutes": 1441}, {"minutes": 0}, {"people": 0}, {"people": 10_001}])
def test_rule_8_a_report_claims_no_more_minutes_than_a_day_has_and_a_number_of_people_that_can_be(
    wrong: dict[str, int],
) -> None:
    form = {"held_on": "2020-01-18", "minutes": 1440, "people": 1, "format": "online"}
    ReportForm(**form)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        ReportForm(**{**form, **wrong})  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        CorrectionForm(**wrong)  # type: ignore[arg-type]


class TestRule15:
    @pytest.mark.parametrize("field", ["participants", "trainees", "names", "attendees", "people_names"])
    def test_a_report_has_no_field_for_the_people_trained(self, field: str) -> None:
        form = {"held_on": "2020-01-18", "minutes": 240, "people": 10, "format": "online"}
        ReportForm(**form)  # type: ignore[arg-type]
        with pytest.raises(ValidationError):
            ReportForm(**form, **{field: ["Ana"]})  # type: ignore[arg-type]

    def test_people_are_a_number_and_nothing_else(self) -> None:
        with pytest.raises(ValidationError):
            ReportForm(held_on=date(2020, 1, 18), minutes=240, people=["Ana"], format="online")  # type: ignore[arg-type]
