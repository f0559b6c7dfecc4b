"""How a provider of sign-ins (OpenID Connect) is set: who it is, and what its claims mean here. Part of `config`'s settings."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003 - pydantic looks at it when it runs
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, model_validator

from turnpike.errors import ConfigurationError

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

# As in `accounts/roles.py`; a test holds them together.
RoleName = Literal[
    "operator",
    "investigator",
    "authoriser",
    "auditor",
    "administrator",
    "professional_standards",
    "commissioner",
]
RankName = Literal[
    "staff",
    "constable",
    "sergeant",
    "inspector",
    "chief_inspector",
    "superintendent",
    "chief_superintendent",
    "chief_officer",
]


class OidcProvider(BaseModel):
    """One provider of sign-ins (OpenID Connect), and what its claims mean here; see `docs/sign-in.md`.

    A value of a claim that stands in no mapping gives nothing. The secret itself has no place here.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str
    client_id: str
    name: str
    client_secret_file: Path | None = None
    client_secret_env: str = ""
    scopes: tuple[str, ...] = ("openid", "profile")
    # Values of `amr` by which the provider vouches for a second factor; without one Turnpike asks for its own.
    second_factor_amr: tuple[str, ...] = ()
    create_accounts: bool = False
    username_claim: str = ""
    force_claim: str = ""
    forces: dict[str, str] = {}
    roles_claim: str = ""
    roles: dict[str, tuple[RoleName, ...]] = {}
    rank_claim: str = ""
    ranks: dict[str, RankName] = {}
    trained_until_claim: str = ""

    @model_validator(mode="after")
    def _can_be_asked(self) -> OidcProvider:
        where = urlsplit(self.issuer)
        if where.scheme != "https" and not (where.scheme == "http" and where.hostname in LOOPBACK):
            raise ValueError("issuer: give the provider's https:// address, exactly as it names itself")
        if bool(self.client_secret_file) == bool(self.client_secret_env):
            raise ValueError("give one of client_secret_file and client_secret_env")
        if self.create_accounts and not (self.username_claim and self.roles_claim):
            raise ValueError("create_accounts needs username_claim and roles_claim")
        return self

    def client_secret(self) -> str:
        """The secret that the provider gave this client, read anew.

        Raises:
            ConfigurationError: there is none where the configuration says.
        """
        if self.client_secret_file is None:
            found = os.environ.get(self.client_secret_env, "")
        else:
            try:
                found = self.client_secret_file.read_text(encoding="utf-8")
            except OSError as error:
                raise ConfigurationError(f"{self.client_secret_file} cannot be read: {error}.") from error
        if not found.strip():
            raise ConfigurationError(
                f"The client secret of {self.issuer} is empty; see docs/sign-in.md for where it belongs."
            )
        return found.strip()
