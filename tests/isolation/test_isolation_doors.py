"""What every route of the four OpenAPI documents has in common, whoever wrote it."""

from __future__ import annotations

from fastapi.routing import iter_route_contexts

from relevo_chassis.http.routes import Route
from relevo_testkit.routes import PARAMETER, World, fresh


def test_every_route_asks_who_calls_before_all_else(world: World) -> None:
    documented = [each for each in iter_route_contexts(world.stand.app.routes) if each.include_in_schema]
    assert [each.path for each in documented if not isinstance(each.original_route, Route)] == []


async def test_without_a_token_nobody_is_told_what_else_is_missing(world: World) -> None:
    wrong = []
    for operation in world.operations:
        if not operation.schemes:
            continue
        path = PARAMETER.sub(lambda found: fresh(found[1]), operation.path)
        for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/json", "If-Match": "x"}):
            answer = await world.stand.http.request(operation.method, path, headers=headers, content="{")
            if answer.status_code != 401:
                wrong.append((operation.name, answer.status_code))
    assert wrong == []


async def test_head_is_answered_wherever_get_is(world: World) -> None:
    wrong = []
    for operation in world.operations:
        if operation.method == "GET":
            path = PARAMETER.sub(lambda found: fresh(found[1]), operation.path)
            got, head = await world.stand.http.get(path), await world.stand.http.head(path)
            if (head.status_code, head.content) != (got.status_code, b""):
                wrong.append((operation.name, got.status_code, head.status_code))
    assert wrong == []


async def test_no_route_is_redirected_to_for_a_slash(world: World) -> None:
    for operation in world.operations:
        path = PARAMETER.sub(lambda found: fresh(found[1]), operation.path)
        answer = await world.stand.http.request(operation.method, f"{path}/")
        assert (operation.name, answer.is_redirect, "location" in answer.headers) == (operation.name, False, False)


async def test_a_path_however_long_gets_a_browser_the_page(world: World) -> None:
    for path in ("/v/{}", "/confirm/{}"):
        if world.service == ("certification" if path == "/v/{}" else "intake"):
            for part in ("x" * 65, "x" * 3_000, "%F0%9F%8C%B1", "a"):
                answer = await world.stand.http.get(path.format(part), headers={"Accept": "text/html"})
                assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
