"""What every test stands on: a data folder of its own, real accounts, a real read store."""

from __future__ import annotations

import atexit
import io
import logging
import os
import re
import shutil
import tempfile
import threading
import uuid
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import django
import hypothesis
import pytest
from django.conf import settings

# Before Django's settings are read, in each process that runs tests.
_DATA = Path(tempfile.mkdtemp(prefix="turnpike-tests-"))
os.environ["TURNPIKE_DATA_DIR"] = str(_DATA)
# No look is picked by chance, except where a test asks for it.
os.environ["TURNPIKE_OUTSIDE_SHARE"] = "0"
os.environ["DJANGO_SETTINGS_MODULE"] = "turnpike.site.settings"
# As a demonstration does: most tests sign their people in by a link or at once. `second_factor_asked` turns it on, and with it
# every page is refused to whoever has none; the story of signing in runs a centre that has never heard of this.
os.environ["TURNPIKE_DEMONSTRATION"] = "true"
os.environ["TURNPIKE_SECOND_FACTOR"] = "false"
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)
# So that a test module may import models at its top.
django.setup()
# A password costs a third of a second of reckoning, which proves nothing here; a centre in a process of its own keeps to it.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


# How long one example takes is the machine's affair: its first call imports, and other tests run beside it.
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")


def pytest_configure(config):
    """Let no worker inherit this process's folder: pytest-django would read the settings before the worker has its own."""
    if getattr(config.option, "numprocesses", None):
        for name in ("DJANGO_SETTINGS_MODULE", "TURNPIKE_DATA_DIR"):
            os.environ.pop(name, None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Files that take long are begun first, so that at the end no process waits long for another's last file."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_terminal_summary(terminalreporter):
    """What a tool that we did not write said of us is shown, not only believed: the Go verifier's output."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "go_verif":
                terminalreporter.section(report.nodeid)
                terminalreporter.write(value)


class _Silence(io.TextIOBase):
    """Where log lines go that no test listens to."""

    def write(self, text: str) -> int:
        return len(text)


# The settings' handler holds whatever stderr was at this moment, which the capture closes; tests listen by themselves.
for _handler in logging.getLogger().handlers:
    if isinstance(_handler, logging.StreamHandler):
        _handler.setStream(_Silence())

SHARED_PICTURES = Path(__file__).resolve().parents[2] / "shared" / "data"


# A current British mark, which the tests' plates are, and which no sentence of ours has by chance.
_PLATE = re.compile(r"\b[A-Z]{2}[0-9]{2} ?[A-Z]{3}\b")


@pytest.fixture(autouse=True)
def _no_plate_in_any_log_record():
    """Whatever a test does, what is logged meanwhile in its process holds no plate."""
    told: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(self.format(record))

    ear, root = Listening(level=logging.DEBUG), logging.getLogger()
    root.addHandler(ear)
    yield
    root.removeHandler(ear)
    for line in told:
        assert not _PLATE.search(line), f"a log record holds a plate: {line[:200]}"


@pytest.fixture
def pictures() -> Path:
    """The folder of real pictures, where this machine has it."""
    if not (SHARED_PICTURES / "README.md").exists():
        pytest.skip("the real pictures of ../shared/data are not on this machine")
    return SHARED_PICTURES


@pytest.fixture(scope="session", autouse=True)
def sealer():
    """A real sealer for this process's data folder, in a thread; a centre in a process of its own starts its own."""
    from turnpike import config
    from turnpike.sealer import services as sealing

    settings = config.load()
    limits = sealing.Limits(*[10**9] * 3)
    with sealing.Sealer(settings.sealer_path, settings.sealer_socket_path, limits) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def configured(monkeypatch):
    """Changes settings for one test: `configured(session_hours=1)`."""
    from turnpike import config

    def change(**settings):
        told = config.load().model_copy(update=settings)
        monkeypatch.setattr(config, "load", lambda: told)
        return told

    return change


@pytest.fixture
def own_log(configured, tmp_path):
    """A data folder of the test's own for what is published, with this process's keys, so that nothing is published over another test's."""
    from turnpike import config
    from turnpike.ledger.signing_keys import forget_signers

    shutil.copytree(config.load().keys_path, tmp_path / "data" / "keys")
    yield configured(data_dir=tmp_path / "data").log_path
    forget_signers()


@pytest.fixture
def second_factor_asked(configured):
    """As everywhere but in a demonstration."""
    return configured(second_factor=True, demonstration=False)


@pytest.fixture
def people(db):
    """One account a role, each named after it."""
    from turnpike.accounts.services import Role, Standing, create_account

    trained = Standing("Fenbridge Police", trained_until=date.max)
    return SimpleNamespace(
        **{
            role.value: create_account(
                role.value, role.value.title(), [role], actor="tests", standing=trained
            )
            for role in Role
        }
    )


@pytest.fixture
def case(db):
    """Puts a case into the built-in register; one that the investigator works on, unless told otherwise."""
    from turnpike.access import services as access

    def put(number="CR/01234/26", category="burglary", *, assigned=("investigator",), is_open=True):
        facts = access.CaseFacts(number, access.Category(category), is_open, frozenset(assigned))
        access.record_case(facts, actor="tests")
        return facts

    return put


@pytest.fixture(scope="module")
def reads_database():
    """A database of the module's own in this process's read store; gives its name and what empties it.

    An engine without an open store stops, and one that starts loads every database that lies in its path: left behind by a few
    hundred tests, these made each new store take seconds. Making the tables takes four times as long as emptying them.
    A module of its own path (tests/reads) opens it without this.
    """
    from turnpike.reads import engine

    path, name = _DATA / "reads", f"t{uuid.uuid4().hex}"
    filled = "SELECT DISTINCT table FROM system.parts WHERE database = {name:String} AND table != 'schema_migrations'"
    with engine.started(path, "default"):
        session = engine.Session(path, "default", engine.WRITER_SETTINGS)

        def empty():
            for (table,) in session._run(lambda client: client.query(filled, {"name": name}).result_rows):
                session.execute(f"TRUNCATE TABLE {name}.{table} SYNC")

        yield name, empty
        session.execute(f"DROP DATABASE IF EXISTS {name} SYNC")
        session.close()


@pytest.fixture
def store(reads_database):
    """A real read store, empty, attached as this process's own.

    The engine allows one path a process, so each module has a database of its own in it, emptied for each test.
    """
    from turnpike.reads import services as reads

    database, empty = reads_database
    opened = reads.ReadStore.open(_DATA / "reads", database=database)
    reads.attach(opened)
    yield opened
    reads.detach()
    opened.close()
    empty()
