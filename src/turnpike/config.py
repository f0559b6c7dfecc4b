"""Turnpike's settings: `turnpike.toml`, overridden by `TURNPIKE_*` in the environment.

Every setting is described in `docs/settings.md`; a test holds the two together.
"""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from turnpike.errors import ConfigurationError

KEY_BYTES = 32


class Config(BaseSettings):
    """All settings of one Turnpike centre; safe defaults, loopback only."""

    model_config = SettingsConfigDict(env_prefix="TURNPIKE_", toml_file="turnpike.toml", extra="forbid")

    data_dir: Path = Field(Path("var"), description="Folder that holds everything this centre stores.")
    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the server listens on.")
    public_url: str = Field(
        "",
        description="Address people type; http://localhost:PORT when empty. Passkeys need a name, not an IP.",
    )
    organisation: str = Field("Turnpike demonstration", description="Name shown in the header of each page.")
    demonstration: bool = Field(default=False, description="Says on each page that its data is made up.")
    search_max_days: int = Field(92, ge=1, le=3660, description="Longest time range one search may span.")
    search_max_rows: int = Field(500, ge=1, le=10_000, description="Most rows one search may return.")
    search_max_seconds: float = Field(10.0, gt=0, le=300, description="Longest a search may run.")
    search_max_memory_mb: int = Field(512, ge=16, le=65_536, description="Most memory one search may take.")
    request_valid_hours: int = Field(24, ge=1, le=168, description="How long an opened request can be used.")
    batch_max_reads: int = Field(1_000, ge=1, le=10_000, description="Most reads in one posted batch.")
    batch_max_mb: int = Field(16, ge=1, le=64, description="Largest posted batch.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file; there is no .env."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def url(self) -> str:
        """The address to print and to put into links, without a trailing slash."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def records_path(self) -> Path:
        """The SQLite file of people, requests and decisions."""
        return self.data_dir / "records.sqlite3"

    @property
    def reads_path(self) -> Path:
        """The folder of the embedded read store; one process at a time may open it."""
        return self.data_dir / "reads"

    @property
    def patches_path(self) -> Path:
        """The folder of plate patches."""
        return self.data_dir / "patches"

    @property
    def socket_path(self) -> Path:
        """The running worker's Unix socket (mode 0600), for commands that need its store."""
        return self.data_dir / "worker.sock"

    def key(self, name: str) -> bytes:
        """The 32-byte secret called `name`, made on first use in `data_dir/keys` (mode 0600)."""
        path = self.data_dir / "keys" / f"{name}.key"
        if not path.exists():
            _create_key(path)
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            raise ConfigurationError(f"{path} is not a {KEY_BYTES}-byte key; restore it from your backup.")
        return key


def _create_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written aside and linked into place, so that a crash leaves no short key and a race has one winner.
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secrets.token_bytes(KEY_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@lru_cache(maxsize=1)
def load() -> Config:
    """The settings of this process, read once.

    Raises:
        ConfigurationError: naming each wrong setting in one sentence.
    """
    try:
        return Config()
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()
        )
        raise ConfigurationError(f"Mend turnpike.toml or TURNPIKE_*: {faults}.") from error
    except ValueError as error:
        raise ConfigurationError(f"turnpike.toml cannot be read: {error}.") from error
