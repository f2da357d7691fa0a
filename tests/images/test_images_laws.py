"""No Containerfile breaks a law, and each law catches what is planted against it."""

from __future__ import annotations

import re

import pytest
from tests.images.containerfiles import IMAGES, ROOT, instructions, project
from tests.images.laws import BASE, broken

INTAKE = IMAGES["intake"].read_text("utf-8")


def test_every_service_and_the_command_have_an_image() -> None:
    assert sorted(IMAGES) == sorted(
        ["certification", "deploy", "intake", "multiplier_tracking", "portal", "scheduling", "webhooks"]
    )


@pytest.mark.parametrize("image", IMAGES)
def test_a_containerfile_breaks_no_law(image: str) -> None:
    assert broken(IMAGES[image].read_text("utf-8"), project(image)) == []


def test_images_differ_in_what_they_hold_alone() -> None:
    """Scheduling, webhooks and the others that lay no assets are built by the same steps, word by word."""
    plain = {name: path.read_text("utf-8") for name, path in IMAGES.items() if name not in ("certification", "deploy")}
    steps = set()
    for name, text in plain.items():
        own = (project(name)["description"], name.replace("_", "-"), name.replace("_", " "), name)
        for each in own:
            text = text.replace(each, "NAME")
        steps.add(re.sub(r'image\.version="[^"]*"', "", text))
    assert len(steps) == 1


@pytest.mark.parametrize(
    ("was", "becomes", "found"),
    [
        (f"ARG BASE={BASE}", "ARG BASE=docker.io/library/python:latest", "does not begin with ARG BASE"),
        ("FROM ${BASE}\n", "FROM docker.io/library/debian:12\n", "stands on docker.io/library/debian:12"),
        ("USER 10001:10001\n", "", "runs as root"),
        ("USER 10001:10001\n", "USER relevo\n", "runs as relevo"),
        ("USER 10001:10001\n", "USER 10001:10001\nUSER 0\n", "then 0"),
        ("EXPOSE 8080\n", "CMD sleep 1\n", "starts by"),
        ('ENTRYPOINT ["/srv/relevo/bin/relevo-intake"]', "ENTRYPOINT relevo-intake", "starts by"),
        ("EXPOSE 8080\n", "RUN apt-get install -y procps\n", "runs apt-get install -y procps"),
        ("EXPOSE 8080\n", "RUN mkdir /a && ln -s /a /b\n", "in the image itself"),
        ("EXPOSE 8080\n", "ADD https://mirror.invalid/x.tar /x\n", "has ADD"),
        ("EXPOSE 8080\n", "COPY --from=built /build /build\n", "from where it was built"),
        ("wheel --require-hashes", "wheel", "installs what is not pinned"),
        ("--no-deps --no-index /build/pinned", "/build/pinned", "installs what is not pinned"),
        ("--no-binary nkeys", "--no-binary :all:", "installs what is not pinned"),
        ("wheel --require-hashes", "wheel --index-url=https://mirror.invalid --require-hashes", "is not pinned"),
        (" --without-pip", "", "brings pip into /srv/relevo"),
        (" SOURCE_DATE_EPOCH=1580601600", "", "does not set SOURCE_DATE_EPOCH"),
        ("EXPOSE 8080\n", "ARG REGISTRY_TOKEN\n", "is given REGISTRY_TOKEN"),
        ("EXPOSE 8080\n", "ENV RELEVO_MONGO_PASSWORD=x\n", "is given RELEVO_MONGO_PASSWORD=x"),
        ("EXPOSE 8080\n", "COPY var/stack/secrets /srv/secrets\n", "copies var/stack/secrets"),
        ("COPY contracts /build/contracts", "COPY . /build", "copies ."),
        ("EXPOSE 8080\n", "ENV A=nats://bus:secret@nats:4222\n", "has a secret in its ENV"),
        ('version="0.1.0"', 'version="0.0.9"', "says '0.0.9' of its version, which is '0.1.0'"),
        ('image.title="relevo-intake"', 'image.source="https://a.invalid"', "has the label org.opencontainers.image.s"),
        ('revision="${REVISION}"', 'revision="main"', "says 'main' of its revision"),
        ("ARG REVISION=unknown\n", "", "is given ['BASE']"),
    ],
)  # fmt: skip
def test_what_is_planted_against_a_law_is_found(was: str, becomes: str, found: str) -> None:
    assert was in INTAKE
    faults = broken(INTAKE.replace(was, becomes), project("intake"))
    assert any(found in each for each in faults), faults


def test_broken_lines_are_one_instruction_and_comments_none() -> None:
    read = instructions("# a\nRUN one \\\n  # why\n && two\n\nUSER 1\n")
    assert [(each.verb, each.rest.split()) for each in read] == [("RUN", ["one", "&&", "two"]), ("USER", ["1"])]


@pytest.mark.parametrize("kept_out", [".git", ".venv", "**/tests", "testkit", "var"])
def test_what_is_no_part_of_an_image_is_not_even_handed_to_its_build(kept_out: str) -> None:
    """Secrets of a stack lie in var."""
    assert kept_out in (ROOT / ".dockerignore").read_text("utf-8").split()


def test_compose_builds_each_image_of_its_containerfile() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    built = re.findall(r"dockerfile: ([\w/]+/Containerfile)", text)
    assert {ROOT / each for each in built} == set(IMAGES.values())
