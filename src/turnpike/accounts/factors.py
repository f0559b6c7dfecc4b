"""Passkeys, authenticator apps and recovery codes: what is kept of them, and what may be taken away.

The secrets of apps and codes are sealed with a key derived from this centre's own, so that the records database alone gives none away.
"""

from __future__ import annotations

import base64
import os

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.utils.safestring import SafeString

from turnpike import config
from turnpike.accounts.errors import AccountError
from turnpike.accounts.models import User
from turnpike.accounts.sessions import end_all_sessions
from turnpike.ledger.services import AuditEvent, record

_NONCE_BYTES = 12
_KEY_BYTES = 32
_PURPOSE = b"turnpike: secrets of second factors, 1"
KINDS = {"webauthn": "passkey", "totp": "authenticator app", "recovery_codes": "recovery codes"}
"""What each type of allauth's is called here."""


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """How allauth's second factors are held to this project's rules."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This is not right, or was used already; try again.",
        "cannot_delete_authenticator": "This is your only second factor; add another before you remove it.",
        "cannot_generate_recovery_codes": "Add a passkey or an authenticator app first.",
    }

    def encrypt(self, text: str) -> str:
        """Sealed with AES-256-GCM under a random nonce; base64."""
        nonce = os.urandom(_NONCE_BYTES)
        return base64.b64encode(nonce + _cipher().encrypt(nonce, text.encode(), None)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What `encrypt` was given.

        Raises:
            AccountError: it was sealed with another key, or altered.
        """
        sealed = base64.b64decode(encrypted_text)
        try:
            return _cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()
        except InvalidTag as error:
            raise AccountError(
                "This second factor cannot be opened with this centre's keys; restore them from your backup."
            ) from error

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Never the last one while everybody is asked for one."""
        return may_remove(authenticator)

    def get_totp_issuer(self) -> str:
        """What an authenticator app shows beside the user name."""
        return f"Turnpike {config.load().organisation}"

    def build_totp_svg(self, url: str) -> SafeString:
        """The code that an app photographs, as an SVG element to stand in the page itself.

        Our pages take no picture from a `data:` address, which is how allauth would show it.
        """
        import qrcode
        from qrcode.image.svg import SvgPathImage

        drawn: str = qrcode.make(url, image_factory=SvgPathImage).to_string(encoding="unicode")
        # The library's own drawing of an address that this server made.
        return SafeString(drawn)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys are bound to the name that people type, whatever name a request came by."""
        return {"id": config.load().site_name, "name": f"Turnpike {config.load().organisation}"}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's signature
        """A passkey's name where its owner gives none."""
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"


def may_remove(authenticator: Authenticator) -> bool:
    """Whether another passkey or app is left without it, or none is asked for."""
    others = Authenticator.objects.filter(user_id=authenticator.user_id).exclude(pk=authenticator.pk)
    left = others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
    return bool(left) or not config.load().asks_second_factor


def factor_names(user: User) -> tuple[str, ...]:
    """What this person has, in words."""
    held = Authenticator.objects.filter(user=user).order_by("pk").values_list("type", flat=True)
    return tuple(KINDS[kind] for kind in held)


def forget_factors(username: str, *, actor: str) -> int:
    """Take every passkey, app and recovery code from a person who lost them, and end their sessions; how many there were.

    Raises:
        AccountError: there is no open account of that name.
    """
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise AccountError("There is no open account of that name; `turnpike account list` shows all.")
    held = factor_names(user)
    record(AuditEvent.FACTORS_FORGOTTEN, actor=actor, details={"account": username, "factors": list(held)})
    Authenticator.objects.filter(user=user).delete()
    end_all_sessions(user)
    return len(held)


def _cipher() -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE)
    return AESGCM(derived.derive(config.load().key("django")))


def named(authenticator: Authenticator) -> str:
    """What the ledger calls this factor: its kind, never its name, which its owner typed."""
    return KINDS.get(authenticator.type, str(authenticator.type))
