"""Three reviews for each application, nobody their own country's or organisation's (rule 2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from relevo_demo.api import together
from relevo_demo.dice import dice
from relevo_demo.people import OTHER_WEIGHTS, PRIORITY_WEIGHTS
from relevo_demo.story.call import Applied
from relevo_demo.story.cast import Application, Stage
from relevo_demo.texts import comment

CRITERIA = ("experience", "motivation", "multiplier_idea")
APPLICATIONS_FOR_EACH_REVIEWER = 22


class Reviewed(NamedTuple):
    """``recorded`` counts the reviews taken, ``stepped_aside`` the conflicts declared."""

    reviewers: int
    recorded: int
    declared: int
    stepped_aside: int


class _Task(NamedTuple):
    reviewer: str
    application: Application


async def review(stage: Stage, applied: Applied) -> Reviewed:
    """Seat the panel, share out the reading, read and score it all."""
    by_id = {each.application_id: each for each in applied.counting}
    await stage.at(stage.edition.closes_at + timedelta(days=3, hours=9))
    panel, declared = _panel(stage, applied)
    with stage.progress.phase("reviewers seated, reading shared out", 3) as advance:
        await _assign(stage, panel)
        advance()
        stepped = await _step_aside(stage, panel)
        advance()
        await _assign(stage, [])
        advance()
        tasks = [task for each in panel for task in await _assigned(stage, each["reviewer_id"], by_id)]
    score = _Scores(stage.seed)
    with stage.progress.phase("applications read and scored", len(tasks)) as advance:
        await together(tasks, lambda task: _review(stage, task, score), advance)
    return Reviewed(len(panel), len(tasks), declared, stepped)


def _panel(stage: Stage, applied: Applied) -> tuple[list[dict[str, Any]], int]:
    """Reviewers of many countries; some belong to organisations that people applied from, one knows two of them."""
    counting = applied.counting
    count = max(12, len(counting) // APPLICATIONS_FOR_EACH_REVIEWER)
    countries = [*OTHER_WEIGHTS, *PRIORITY_WEIGHTS]
    roll = dice(stage.seed, "panel")
    panel: list[dict[str, Any]] = []
    for number in range(count):
        same = roll.choice(counting).person.organisation if number % 4 == 0 else ""
        one = {"reviewer_id": f"reviewer-{number:03}", "country": countries[number % len(countries)]}
        panel.append({**one, **({"organisation": same} if same else {})})
    known = [each.application_id for each in roll.sample(counting, 2)]
    panel[1]["conflicts"] = known
    return panel, len(known)


async def _assign(stage: Stage, panel: list[dict[str, Any]]) -> None:
    token = await stage.coordinator()
    await stage.api.post("intake", f"/calls/{stage.call_id}/reviewers", {"reviewers": panel}, token=token)


async def _step_aside(stage: Stage, panel: list[dict[str, Any]]) -> int:
    """A reviewer finds somebody they know on their list, and says so."""
    token = await stage.api.token(panel[2]["reviewer_id"], "reviewer")
    async for each in stage.api.every("intake", "/me/assignments", token):
        await stage.api.post("intake", f"/applications/{each['application_id']}/step-aside", token=token)
        return 1
    return 0


async def _assigned(stage: Stage, reviewer: str, by_id: Mapping[str, Application]) -> list[_Task]:
    token = await stage.api.token(reviewer, "reviewer")
    listed = stage.api.every("intake", "/me/assignments", token)
    return [_Task(reviewer, by_id[each["application_id"]]) async for each in listed]


class _Scores:
    """What reviewers find: the quality of the person, seen through each reader's own eyes."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._read: Counter[int] = Counter()

    def of(self, application: Application) -> dict[str, int]:
        """The scores of the next reader of an application; the same three whoever the readers are."""
        person = application.person
        self._read[person.number] += 1
        if person.part:
            return dict.fromkeys(CRITERIA, 100)
        roll = dice(self._seed, "scores", person.number, self._read[person.number])
        return {name: min(100, max(0, round(100 * person.quality + roll.gauss(0, 14)))) for name in CRITERIA}


async def _review(stage: Stage, task: _Task, score: _Scores) -> None:
    api, (reviewer, application) = stage.api, task
    person, path = application.person, f"/applications/{application.application_id}"
    token = await api.token(reviewer, "reviewer")
    await api.get("intake", f"{path}/for-review", token=token)
    body: dict[str, Any] = {"scores": score.of(application)}
    if person.carries:
        words = comment(person.language, dice(stage.seed, reviewer))
        body["comment"] = stage.with_canary(person, "comment", words)
    elif dice(stage.seed, "comments", person.number).random() < 0.3:
        body["comment"] = comment(person.language, dice(stage.seed, "comment", person.number))
    await api.post("intake", f"{path}/reviews", body, token=token)
