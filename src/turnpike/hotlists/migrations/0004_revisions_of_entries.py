import secrets

from django.db import migrations, models


def begin(apps, _):
    """The row that whoever changes entries locks; without it the first change ever would have all entries fetched anew."""
    apps.get_model('hotlists', 'Edition').objects.get_or_create(number=1, defaults={'token': secrets.randbits(63)})


class Migration(migrations.Migration):

    dependencies = [
        ('hotlists', '0003_withholdings'),
    ]

    operations = [
        # One row of one token becomes the first of a row a revision.
        migrations.RenameField(
            model_name='edition',
            old_name='id',
            new_name='number',
        ),
        migrations.AlterField(
            model_name='edition',
            name='number',
            field=models.BigIntegerField(primary_key=True, serialize=False),
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
        migrations.AddField(
            model_name='entry',
            name='revision',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['revision'], name='entry_by_revision'),
        ),
        migrations.RemoveIndex(
            model_name='entry',
            name='entry_by_list_and_state',
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['hotlist', 'state', 'weed_at'], name='entry_by_list_state_weed'),
        ),
        migrations.RemoveConstraint(
            model_name='hit',
            name='one_hit_an_entry_and_read',
        ),
        migrations.AddConstraint(
            model_name='hit',
            constraint=models.UniqueConstraint(fields=('read_id', 'entry'), name='one_hit_a_read_and_entry'),
        ),
    ]
