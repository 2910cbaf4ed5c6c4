"""How often an edit was taken on from somebody who did not live to let it go."""

from django.db import migrations, models


def take_guards_down(apps, schema_editor):
    """SQLite alters no table that a trigger says anything about; after the migration the triggers are put up again."""
    from orders.guards import remove_guards

    remove_guards(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0008_exports_of_the_history'),
    ]

    operations = [
        migrations.RunPython(take_guards_down, migrations.RunPython.noop),
        migrations.AddField(
            model_name='edit',
            name='takeovers',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='How many in a row did not live to let it go, since it got to its state.'),
        ),
        migrations.RunPython(migrations.RunPython.noop, take_guards_down),
    ]
