"""What was restored, written down where whoever administers MongoDB alone cannot write.

After a restore a service's stream holds events that its outbox does not know, and its records end earlier: just as if
somebody had published with its credentials, or had cut a record back. A receipt says which of that is expected, and no
more: the messages between the backup and the restore, and the ends that the records had in the backup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

from relevo_deploy.backups.manifest import Published, RecordEnd
from relevo_deploy.failed import Failed
from relevo_deploy.operations.files import put, read
from relevo_deploy.reconcile.evidence import Restored


class Receipt(BaseModel):
    """One restore of one service."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str
    backup: str
    made_at: AwareDatetime
    restored_at: AwareDatetime
    published: Published | None
    """Its own stream at the backup."""
    until: int | None
    """The last message of that stream at the restore; ``None`` if it could not be asked, or was made anew since."""
    record_ends: Mapping[str, RecordEnd]

    def __str__(self) -> str:
        return f"restored at {self.restored_at:%Y-%m-%d %H:%M} UTC to {self.made_at:%Y-%m-%d %H:%M} UTC"


_FILE = TypeAdapter(list[Receipt])


def receipts_in(path: Path | None) -> list[Receipt]:
    """What a file holds; nothing when there is none. Raises ``Failed``."""
    content = read(path) if path else None
    try:
        return _FILE.validate_json(content) if content is not None else []
    except ValidationError:
        raise Failed(f"{path} is not what relevo restore writes; mend it, or name another file") from None


def add(path: Path, receipt: Receipt) -> None:
    """Write down one more. Raises ``Failed``."""
    put(path, _FILE.dump_json([*receipts_in(path), receipt], indent=2) + b"\n")


def by_service(receipts: Iterable[Receipt]) -> Mapping[str, Sequence[Restored]]:
    """What a reconciliation has to know of them."""
    found: dict[str, list[Restored]] = {}
    for each in receipts:
        if each.published and each.until is not None:
            restored = Restored(str(each), each.published.made_at, each.published.last, each.until)
            found.setdefault(each.service, []).append(restored)
    return found
