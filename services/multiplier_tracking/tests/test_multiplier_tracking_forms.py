"""What people may send in."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from relevo_multiplier_tracking.http.forms import ReportForm


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
