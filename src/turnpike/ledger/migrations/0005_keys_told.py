"""A log that has keys on record, and no entry that holds the record, is told of them with its next publication."""

import json

from django.db import migrations


def leave_to_tell(apps, schema_editor):
    log_key = apps.get_model("ledger", "LogKey")
    rows = list(log_key.objects.order_by("from_size", "from_at"))
    if not rows:
        return
    instants = ("from_at", "until_at", "revoked_at", "exposed_at")
    record = []
    for row in rows:
        at = {name: value.isoformat() if (value := getattr(row, name)) else None for name in instants}
        record.append(
            json.dumps(
                [
                    row.public_key,
                    row.from_size,
                    at["from_at"],
                    at["until_at"],
                    at["revoked_at"],
                    row.revoked_size,
                    row.reason,
                    at["exposed_at"],
                    row.succession,
                ],
                separators=(",", ":"),
                ensure_ascii=False,
            )
        )
    for row in rows:
        untold = json.loads(row.untold) if row.untold else None
        if untold is None and row is not rows[-1]:
            continue
        untold = untold or {"event": "log.keys_kept", "actor": "system", "details": {}}
        untold["details"]["keys_record"] = record
        row.untold = json.dumps(untold)
        row.save()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_keys_and_faults")]
    operations = [migrations.RunPython(leave_to_tell, migrations.RunPython.noop)]
