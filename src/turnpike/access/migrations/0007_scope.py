from django.conf import settings
from django.db import migrations, models


def name_operators(apps, schema_editor):
    requests = apps.get_model("access", "Request").objects
    requests.update(operator_id=models.F("requester_id"))


def keep_reach(apps, schema_editor):
    requests = apps.get_model("access", "Request").objects
    requests.filter(is_emergency=True).update(reach_days=366)
    for authority in apps.get_model("access", "Authority").objects.all():
        requests.filter(pk=authority.request_id).update(reach_days=authority.reach_days)


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("access", "0006_policy_packs"),
    ]

    operations = [
        migrations.AddField(
            "request",
            "operator",
            models.ForeignKey(
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(name_operators, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "request",
            "operator",
            models.ForeignKey(
                on_delete=models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField("request", "patterns", models.JSONField(default=list)),
        migrations.AddField("request", "camera_ids", models.JSONField(default=list)),
        migrations.AddField("request", "reach_days", models.PositiveIntegerField(default=90)),
        migrations.RunPython(keep_reach, migrations.RunPython.noop, elidable=True),
        migrations.CreateModel(
            "Delegation",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField()),
                ("begins_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "giver",
                    models.ForeignKey(
                        on_delete=models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"ordering": ["-begins_at"]},
        ),
        migrations.AddIndex(
            "delegation", models.Index(fields=["holder", "ends_at"], name="access_dele_holder__d1b8ef_idx")
        ),
    ]
