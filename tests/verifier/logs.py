"""A log in memory, and bundles of it: written plainly and apart from what Turnpike writes, so that each is held against the other."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import random
import zipfile
from dataclasses import dataclass, field

from turnpike.audit import services as audit
from turnpike.verifier.archive import Archive
from turnpike.verifier.checking import Report, check
from turnpike.verifier.notes import LOG_KEY, WITNESS_KEY, Key

LOG = audit.Signer("log.example/force", bytes(range(32)))
WITNESS = audit.Signer("witness.example/w1", bytes(range(1, 33)))


def vkey_of(signer, kind=4):
    """A witness's verifier key."""
    material = bytes([kind]) + signer.verifier.key
    key_id = hashlib.sha256(signer.name.encode() + b"\n" + material).digest()[:4]
    return f"{signer.name}+{key_id.hex()}+{base64.b64encode(material).decode()}"


def cosignature(note, signer=WITNESS, at_s=1_750_000_000):
    """A witness's line under a checkpoint."""
    text = note.rpartition("\n\n")[0] + "\n"
    signed = signer.sign(f"cosignature/v1\ntime {at_s}\n{text}")
    key_id = bytes.fromhex(vkey_of(signer).split("+")[1])
    return f"\u2014 {signer.name} {base64.b64encode(key_id + at_s.to_bytes(8) + signed).decode()}\n"


@dataclass
class Log:
    """Entries with their salts; `salts[i]` may be put to None, as if destroyed."""

    contents: list[bytes]
    salts: list[bytes]
    opened: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, size, seed=1):
        """A log of `size` made-up entries, all opened."""
        chance = random.Random(seed)
        return cls(
            [said("account.signed_in", n=n) for n in range(size)],
            [chance.randbytes(32) for _ in range(size)],
            list(range(size)),
        )

    @property
    def commitments(self):
        return [
            hmac.digest(salt, said, "sha256") for salt, said in zip(self.salts, self.contents, strict=True)
        ]

    def files(self, *, signer=LOG, whole=True, cosigned_by=(), commitments=None, opened=None):
        """The files of a bundle, by name."""
        committed = self.commitments if commitments is None else commitments
        size, root = len(committed), audit.root_of(committed)
        note = audit.sign_checkpoint(audit.Checkpoint(signer.name, size, root), signer)
        note += "".join(cosignature(note, one) for one in cosigned_by)
        files = {"checkpoint": note.encode(), **tiles(committed)}
        indexes = sorted(self.opened if opened is None else opened)
        files |= {f"entries/{index}.json": self.entry(index) for index in indexes}
        files["keys.json"] = json.dumps({"keys": [{"key": signer.public_key}]}).encode()
        told = {
            "format": "turnpike-bundle/1",
            "log": signer.name,
            "size": size,
            "made_at": "2026-11-22T10:00:00Z",
        }
        told |= {"whole": whole, "opened": [[index, index + 1] for index in indexes]}
        files["bundle.json"] = json.dumps(told).encode()
        names = ("bundle.json", "checkpoint", "keys.json")
        hashes = "".join(f"{hashlib.sha256(files[name]).hexdigest()} {name}\n" for name in names)
        note = audit.sign_note(f"turnpike-bundle/1\n{signer.name}\n{hashes}", signer)
        return files | {"bundle.note": note.encode()}

    def entry(self, index):
        told = {"index": index, "salt": self.salts[index].hex()}
        told["contents"] = base64.b64encode(self.contents[index]).decode()
        return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def said(event, **details):
    """An entry's contents."""
    told = {"event": event, "at": "2026-11-22T10:00:00.000+00:00", "actor": "ines", "details": details}
    return json.dumps(told, separators=(",", ":")).encode()


def tiles(committed):
    """Every tile of the tree, by RFC 6962 on slices: slow, and plain."""
    size, files, level = len(committed), {}, 0
    while size >> (8 * level):
        span = 256**level
        for first in range(0, size // span, 256):
            starts = range(first, min(first + 256, size // span))
            number, width = first // 256, len(starts)
            part = f"{number:03}" + (f".p/{width}" if width < 256 else "")
            roots = [audit.root_of(committed[at * span : (at + 1) * span]) for at in starts]
            files[f"tile/{level}/{part}"] = b"".join(roots)
            if level == 0:
                files[f"tile/entries/{part}"] = b"".join(b"\0\x20" + committed[at] for at in starts)
        level += 1
    return files


def zipped(files):
    """The bundle as a zip's bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def checked(files, *, witnesses=(), key=LOG.public_key, **asked) -> Report:
    """What the verifier says of these files."""
    keys = [Key.parse(one, LOG_KEY) for one in ([key] if isinstance(key, str) else key)]
    raw = files if isinstance(files, bytes) else zipped(files)
    with Archive(io.BytesIO(raw)) as archive:  # type: ignore[arg-type]  # a file as good as a path
        return check(archive, keys, [Key.parse(one, WITNESS_KEY) for one in witnesses], **asked)


def places(files, **asked):
    """Where the verifier finds faults."""
    return [fault.where for fault in checked(files, **asked).faults]
