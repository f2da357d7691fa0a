"""What the portal may do on the bus: it is what everybody outside reaches."""

from __future__ import annotations

from relevo_contracts import CONTRACTS
from relevo_contracts.intake import ApplicantDetailsCorrected, DangerReported, ParticipantEnrolled, PersonErased
from relevo_deploy.deployed import PORTAL
from relevo_deploy.topology.files import Identity, default_folder, read_topology

TOPOLOGY = read_topology(default_folder())
MINE = [each for each in TOPOLOGY.consumers if each.name.startswith(f"{PORTAL}_")]


def test_the_portal_publishes_no_event_takes_its_durables_and_reads_nobodys_erasure() -> None:
    [identity] = [each for each in TOPOLOGY.identities if each.name == PORTAL]
    names = tuple(each.name for each in MINE)
    needed = Identity(
        name=PORTAL, description=identity.description, publish=tuple(f"dlq.{each}" for each in names), take=names
    )
    assert identity == needed


def test_the_portal_is_brought_single_types_and_never_who_is_in_danger_corrected_enrolled_or_erased() -> None:
    subjects = {subject for each in MINE for subject in each.config["filter_subjects"]}
    brought = {each.model for each in CONTRACTS if each.subject in subjects}
    assert len(brought) == len(subjects)
    assert brought & {DangerReported, ApplicantDetailsCorrected, ParticipantEnrolled, PersonErased} == set()
    assert not any(each.is_of_whole_aggregates for each in MINE)
