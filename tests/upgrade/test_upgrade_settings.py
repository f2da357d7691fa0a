"""A service does not start with a setting that it does not know: what the release was given, the tree takes."""

from __future__ import annotations

from tests.chaos.home import THE_TREE, Home, settable
from tests.upgrade.release import Release


def test_the_tree_starts_with_the_settings_of_the_release(release: Release) -> None:
    before, now = (settable(home, release.services) for home in (Home(release), THE_TREE))
    assert {service: names - now[service] for service, names in before.items() if names - now[service]} == {}


def test_a_replica_of_the_release_is_given_no_setting_that_is_younger(release: Release) -> None:
    """Whoever goes back takes back the settings too."""
    home = Home(release, settable(Home(release), ["scheduling"]))
    offered = {"HOME": "/", "RELEVO_HTTP_PORT": "8102", "RELEVO_TRACING_TRUSTED": "127.0.0.1", "RELEVO_MADE_UP": "1"}
    found = home.environment("scheduling", offered)
    assert {name: found[name] for name in offered if name in found} == {"HOME": "/", "RELEVO_HTTP_PORT": "8102"}
    assert str(release.folder) in found["PYTHONPATH"]
    assert THE_TREE.environment("scheduling", offered) == offered
