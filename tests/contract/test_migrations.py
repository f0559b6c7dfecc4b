"""Migrations of the records: all that the models say, there and back again."""

from __future__ import annotations

import json
import os
import subprocess
import sys

_PROGRAM = """
import json
import django
django.setup()
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

def tables():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
        return dict(cursor.fetchall())

call_command("migrate", verbosity=0)
first = tables()
ours = [app.label for app in apps.get_app_configs() if app.name.startswith("turnpike.")]
migrated = [label for label in ours if label in MigrationLoader(connection).migrated_apps]
for label in reversed(migrated):
    call_command("migrate", label, "zero", verbosity=0)
left = [name for name in tables() if name.split("_")[0] in migrated]
call_command("migrate", verbosity=0)
print(json.dumps([migrated, left, first == tables()]))
"""


def test_models_and_migrations_say_the_same(db):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_migration_runs_can_be_reversed_and_runs_again(tmp_path):
    environment = {
        **os.environ,
        "TURNPIKE_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "turnpike.site.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    migrated, left, is_same = json.loads(done.stdout)
    assert {"ledger", "accounts", "cameras", "access", "hotlists", "ingest", "oversight"} <= set(migrated)
    assert left == []
    assert is_same
