"""Turnpike's settings: `turnpike.toml`, overridden by `TURNPIKE_*` in the environment.

Every setting is described in `docs/settings.md`; a test holds the two together.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from turnpike.data_folder import KEY_NAMES, own, stored_key
from turnpike.errors import ConfigurationError
from turnpike.sign_in_providers import LOOPBACK, OidcProvider, RankName, RoleName

__all__ = ["LOOPBACK", "Config", "OidcProvider", "RankName", "RoleName", "load"]

_SHORTEST_SECRET = 24
"""Source: Standard Webhooks, 24 to 64 bytes."""


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
    controller: str = Field(
        "",
        max_length=120,
        description="Organisation that is controller of this site's reads; the one of the header when empty.",
    )
    demonstration: bool = Field(default=False, description="Says on each page that its data is made up.")
    search_max_days: int = Field(92, ge=1, le=3660, description="Longest time range one search may span.")
    search_max_rows: int = Field(
        500,
        ge=1,
        le=10_000,
        description="Most rows one search may return; a pattern that fits more is refused.",
    )
    search_max_seconds: float = Field(10.0, gt=0, le=300, description="Longest a search may run.")
    search_max_memory_mb: int = Field(512, ge=16, le=65_536, description="Most memory one search may take.")
    export_max_rows: int = Field(
        10_000, ge=1, le=50_000, description="Most reads one export may hold; more are refused."
    )
    export_delete_days: int = Field(
        30, ge=1, le=366, description="How long an export may be kept; its sidecar gives the day."
    )
    session_idle_minutes: int = Field(
        30, ge=1, le=480, description="How long a session lasts without use; an open alert wall is use."
    )
    session_hours: int = Field(10, ge=1, le=24, description="How long a session lasts in all: a shift.")
    second_factor: bool = Field(
        default=True,
        description="Asks everyone for a passkey or a second factor; only a demonstration on loopback may do without.",
    )
    fresh_sign_in_minutes: int = Field(
        15,
        ge=1,
        le=480,
        description="How long after proving who one is one may authorise, export or unmask; then it is asked again.",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=5,
        description="How many proxies in front add to X-Forwarded-For; sign-ins are counted by the address they give.",
    )
    oidc: dict[str, OidcProvider] = Field(
        {}, description="Providers of sign-ins by OpenID Connect, by a short name each."
    )
    request_valid_hours: int = Field(24, ge=1, le=168, description="How long an opened request can be used.")
    case_register: Literal["built-in", "csv", "http"] = Field(
        "built-in",
        description="Where cases are confirmed: kept here, imported from a file, or asked over HTTP.",
    )
    case_register_url: str = Field(
        "", description="Address of an HTTP case register; a case is asked for at ADDRESS/NUMBER."
    )
    case_register_token: SecretStr = Field(SecretStr(""), description="Bearer token for that register.")
    case_register_seconds: float = Field(
        2.0, gt=0, le=30, description="How long an answer of that register is waited for."
    )
    case_confirmed_minutes: int = Field(
        15, ge=0, le=1440, description="How long an answer of that register counts before it is asked again."
    )
    case_import_hours: int = Field(26, ge=1, le=168, description="How long an imported file of cases counts.")
    case_severities: dict[str, Literal["volume", "serious", "major", "counter_terrorism"]] = Field(
        {}, description="How severe this force counts a category of cases, where not as usual."
    )
    policy_pack: str = Field(
        "base",
        description="Which policy pack decides: one that comes with Turnpike, or the path of a folder.",
    )
    outside_share: float = Field(
        0.01,
        ge=0,
        le=0.5,
        description="How often chance picks a look at one plate for an outside authoriser; at 0 a pick is proof of a relation.",
    )
    relation_checks_a_minute: int = Field(
        20_000, ge=100, description="Most plates a minute that one person may have checked for relations."
    )
    relation_checks_a_day: int = Field(
        400_000, ge=100, description="Most plates a day that one person may have checked for relations."
    )
    relation_checks_about_one_a_day: int = Field(
        2_000_000,
        ge=100,
        description="Most plates a day that all together may have checked against one person's declarations; at half of it an alarm is raised.",
    )
    sealer_socket: str = Field(
        "",
        description="Socket of a sealer that runs under an account of its own; empty where the centre starts its own.",
    )
    log_contents_days: int = Field(
        2557,
        ge=366,
        le=36_600,
        description="After how many days the contents of a log entry are erased; its place in the log stays for good.",
    )
    log_origin: str = Field(
        "turnpike.invalid/ledger",
        pattern=r"^[^\s+]{1,200}$",
        description="The log's name: where it is published, without https://, such as anpr.example.org/tlog.",
    )
    log_witnesses: tuple[str, ...] = Field(
        (),
        description="Who is asked to cosign the log: an address and a verifier key each, with a space between.",
    )
    log_cosignatures_needed: int = Field(
        0, ge=0, le=32, description="How many witnesses have to cosign a checkpoint before it is published."
    )
    log_witness_seconds: float = Field(
        5.0, gt=0, le=60, description="How long the witnesses' answers to one checkpoint are waited for."
    )
    log_alarm_minutes: int = Field(
        5,
        ge=0,
        le=1440,
        description="After how long without publication or a witness that is an entry of the log.",
    )
    batch_max_reads: int = Field(1_000, ge=1, le=10_000, description="Most reads in one posted batch.")
    batch_max_mb: int = Field(16, ge=1, le=64, description="Largest posted batch.")
    spool_max_mb: int = Field(
        2_048, ge=64, description="Most disk that messages of makers' cameras take until they are understood."
    )
    feed_certificate_header: str = Field(
        "",
        pattern=r"^[A-Za-z0-9-]{0,64}$",
        description="Header in which the proxy in front tells a camera's client certificate: its SHA-256, or the whole as PEM.",
    )
    stream_networks: tuple[str, ...] = Field(
        (),
        description="Networks in which cameras' event streams may be fetched; when empty, any but this machine's own and the link's.",
    )
    quarantine_days: int = Field(
        30, ge=1, le=90, description="How long a message that was not understood is kept, to be replayed."
    )
    map_tiles: Path | None = Field(
        None, description="A basemap of your own for the cameras page: a PMTiles file of vector tiles."
    )
    recognition_threads: int = Field(
        2, ge=1, le=64, description="Processor threads that reading plates may use."
    )
    recognition_provider: str = Field(
        "cpu",
        description="Where ONNX Runtime reads plates: cpu, or a provider installed with it, such as cuda.",
    )
    camera_silent_minutes: int = Field(
        10,
        ge=2,
        le=1440,
        description="A camera is not called silent sooner, however busy it usually is.",
    )
    camera_late_seconds: float = Field(
        60.0, ge=1, le=86_400, description="A camera is late when half of its reads come later than this."
    )
    camera_clock_seconds: float = Field(
        5.0, ge=1, le=3600, description="A camera's clock may be out by this much before it is an alarm."
    )
    camera_few_share: float = Field(
        0.25,
        gt=0,
        le=0.4,
        description="A camera reads few when its last hour brings less than this share of its usual.",
    )
    camera_unsure_drop: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="A camera is suddenly unsure when its confidence falls this far below its usual.",
    )
    camera_unread_rise: float = Field(
        0.2,
        gt=0,
        lt=1,
        description="A camera leaves plates unread when their share rises this far above its usual.",
    )
    camera_webhook_url: str = Field(
        "", description="Address that is told when a camera's alarm begins and ends; nobody when empty."
    )
    camera_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Secret that signs what is sent there; at least 24 characters."
    )

    @model_validator(mode="after")
    def _register_has_an_address(self) -> Config:
        if self.case_register == "http" and not self.case_register_url.startswith(("https://", "http://")):
            raise ValueError(
                "case_register_url: give the register's address, https://…, or choose another case_register"
            )
        return self

    @model_validator(mode="after")
    def _certificates_come_from_a_proxy(self) -> Config:
        if self.feed_certificate_header and not self.trusted_proxies:
            raise ValueError(
                "feed_certificate_header: only a proxy in front can tell it, so set trusted_proxies to how many there are"
            )
        return self

    @model_validator(mode="after")
    def _stream_networks_are_networks(self) -> Config:
        try:
            for one in self.stream_networks:
                ip_network(one)
        except ValueError as error:
            raise ValueError(
                "stream_networks: give networks such as 10.20.0.0/16, 192.0.2.7 or 2001:db8::/48"
            ) from error
        return self

    @model_validator(mode="after")
    def _webhook_is_signed_and_private(self) -> Config:
        if not self.camera_webhook_url:
            return self
        where = urlsplit(self.camera_webhook_url)
        if where.scheme != "https" and not (where.scheme == "http" and where.hostname in LOOPBACK):
            raise ValueError("camera_webhook_url: give an https:// address")
        if len(self.camera_webhook_secret.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"camera_webhook_secret: give at least {_SHORTEST_SECRET} characters")
        return self

    @model_validator(mode="after")
    def _checks_hold_a_search(self) -> Config:
        if self.relation_checks_a_minute < 2 * self.search_max_rows:
            raise ValueError("relation_checks_a_minute: allow at least twice search_max_rows")
        if self.relation_checks_about_one_a_day < 2 * self.relation_checks_a_day:
            raise ValueError("relation_checks_about_one_a_day: allow at least twice relation_checks_a_day")
        return self

    @model_validator(mode="after")
    def _witnesses_are_enough(self) -> Config:
        for line in self.log_witnesses:
            address, _, key = line.partition(" ")
            where = urlsplit(address)
            if not key or (
                where.scheme != "https" and not (where.scheme == "http" and where.hostname in LOOPBACK)
            ):
                raise ValueError(
                    "log_witnesses: give each as its https:// address, a space and its verifier key"
                )
        if self.log_cosignatures_needed > len(self.log_witnesses):
            raise ValueError("log_cosignatures_needed: name at least so many log_witnesses")
        return self

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
    def site_name(self) -> str:
        """The host that people type; passkeys are bound to it."""
        return urlsplit(self.url).hostname or "localhost"

    @property
    def asks_second_factor(self) -> bool:
        """Whether nobody gets in without one; whatever `second_factor` says, beyond a loopback demonstration all are asked."""
        is_loopback = self.host in LOOPBACK and self.site_name in LOOPBACK
        return self.second_factor or not (self.demonstration and is_loopback)

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
    def spool_path(self) -> Path:
        """The folder of messages that are not understood yet."""
        return self.data_dir / "spool"

    @property
    def log_path(self) -> Path:
        """The folder of the published log: tiles, and the checkpoint that names them."""
        return self.data_dir / "log"

    @property
    def keys_path(self) -> Path:
        """The folder of this centre's secrets."""
        return self.data_dir / "keys"

    @property
    def sealer_path(self) -> Path:
        """The folder of the sealer's key, where the centre starts its own."""
        return self.data_dir / "sealer"

    @property
    def sealer_socket_path(self) -> Path:
        """The sealer's Unix socket (mode 0600, or a group's where it runs under an account of its own)."""
        return Path(self.sealer_socket) if self.sealer_socket else self.data_dir / "sealer.sock"

    @property
    def socket_path(self) -> Path:
        """The running worker's Unix socket (mode 0600), for commands that need its store."""
        return self.data_dir / "worker.sock"

    def own_data_dir(self) -> Path:
        """The data folder, made if need be and closed to others (mode 0700).

        Raises:
            ConfigurationError: the folder is somebody else's, or one that many share.
        """
        return own(self.data_dir)

    def key(self, name: str) -> bytes:
        """The 32-byte secret called `name`, one of `KEY_NAMES`, in `keys_path` (mode 0600).

        Raises:
            ConfigurationError: the key is lost or damaged.
        """
        return stored_key(
            self.keys_path, name, is_new=not (self.records_path.exists() or self.reads_path.exists())
        )

    def check_keys(self) -> int:
        """How many keys there are.

        Raises:
            ConfigurationError: one is lost or damaged.
        """
        return len([self.key(name) for name in KEY_NAMES])


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
