"""The packs that ever decided here, kept by their hash, so that a decision can be made again under the policy of its day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.access.errors import PackError
from turnpike.access.models import PolicyPack
from turnpike.access.policy import parse_pack

if TYPE_CHECKING:
    from pathlib import Path

    from turnpike.access.policy import Pack

SCHEMA_FILE, POLICY_FILE = "schema.cedarschema", "policy.cedar"


def keep_pack(pack: Pack) -> None:
    """Keep the text of a pack that decides now, once."""
    if not PolicyPack.objects.filter(version=pack.version).exists():
        PolicyPack.objects.get_or_create(
            version=pack.version,
            defaults={
                "schema_text": pack.schema_text,
                "policy_text": pack.policy_text,
                "first_used_at": timezone.now(),
            },
        )


def kept_pack(version: str) -> Pack:
    """The pack of that version.

    Raises:
        PackError: none was kept, or its text is not the one that the version names.
    """
    kept = PolicyPack.objects.filter(version=version).first()
    if kept is None:
        raise PackError(f"No text of the policy pack {version} was kept.")
    pack = parse_pack(version.split("@", maxsplit=1)[0], kept.schema_text, kept.policy_text)
    if pack.version != version:
        raise PackError(f"The kept text of the policy pack {version} was altered.")
    return pack


def pack_in(folder: Path) -> Pack:
    """The pack in a folder's two files, for a draft.

    Raises:
        PackError: a file is missing, or they are no pack.
    """
    try:
        texts = [(folder / name).read_text(encoding="utf-8") for name in (SCHEMA_FILE, POLICY_FILE)]
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{folder} holds no {SCHEMA_FILE} and {POLICY_FILE} that can be read.") from error
    return parse_pack(folder.name, *texts)
