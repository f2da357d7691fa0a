"""What the services make of their settings, made here without any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from relevo_certification.credential import keys as signing_keys
from relevo_certification.domain.sealed import Identity
from relevo_certification.pdf.typeset import Typesetter
from relevo_certification.press import Press
from relevo_contracts import SERVICES
from relevo_intake.equipment import Equipment
from relevo_intake.issuing import TokenIssuer
from relevo_multiplier_tracking.pictures.encoder import Encoder
from relevo_testkit.pictures import png
from relevo_testkit.routes import Actor, World
from relevo_testkit.stand import PEOPLE_ISSUER


@contextmanager
def of_intake() -> Iterator[Equipment]:
    """Intake's, which issues tokens under a key of its own."""
    with TemporaryDirectory() as folder:
        signing_keys.generate(Path(folder), 2020)
        yield Equipment(TokenIssuer(PEOPLE_ISSUER, Path(folder)), {each: each for each in SERVICES})


def of_multiplier_tracking() -> Encoder:
    """Multiplier tracking's, which re-encodes pictures."""
    return Encoder()


class Known:
    """Intake as certification asks it."""

    async def of(self, participant_id: str) -> Identity:
        return Identity(name="Nombre Apellido", language="es", named=True)


def press_of(folder: Path) -> Press:
    """A press with keys of its own."""
    site = "https://certificates.example.org"
    signing_keys.generate(folder, 2020)
    return Press(signing_keys.load(folder, signing_keys.did_of(site)), site, Typesetter())


async def with_needs(world: World, applicant: Actor) -> None:
    """Whoever took a seat states what they need for the week."""
    seen = await world.made("GET", "/me/needs", headers=applicant.headers)
    tagged = {**applicant.headers, "If-Match": seen.headers["etag"]}
    await world.made("PUT", "/me/needs", {"diet": "Sin carne."}, tagged)


async def a_picture(world: World, of: Actor, session: str) -> str:
    """One more of a session of theirs, by what they know its id as."""
    world.bodies["POST /me/commitment/sessions/{session_id}/pictures"] = png()
    path = f"/me/commitment/sessions/{of.own[session]}/pictures?shows_no_people=true"
    added = await world.made("POST", path, png(), of.headers)
    return str(added.json()["picture_id"])
