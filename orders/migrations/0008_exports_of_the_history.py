"""The history as files: who took what, the workbooks themselves, and what edits change, in words beside them."""

import django.db.models.deletion
import orders.wording
from django.conf import settings
from django.db import migrations, models

ROLES = {
    "supervisor": ["orders.export_history"],
    "administrator": ["orders.export_history", "orders.view_export"],
}
AT_ONCE = 2000


def take_guards_down(apps, schema_editor):
    """SQLite alters no table that a trigger says anything about; after the migration the triggers are put up again."""
    from orders.guards import remove_guards

    remove_guards(schema_editor.connection)


def write_words(apps, schema_editor):
    """Put the changes of the edits that are there into words, as new ones have them from the start."""
    from orders.wording import labels_of, told_of

    edits = apps.get_model("orders", "Edit").objects.using(schema_editor.connection.alias).order_by("pk")
    last = 0
    while some := list(edits.filter(pk__gt=last).values_list("pk", "changes")[:AT_ONCE]):
        with schema_editor.connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE orders_edit SET labels = %s, told = %s WHERE id = %s",
                [(labels_of(changes), told_of(changes), pk) for pk, changes in some],
            )
        last = some[-1][0]


def make_roles(apps, schema_editor):
    """Let those export the history who answer for it. Permissions are normally made after the last migration."""
    from django.apps import apps as current
    from django.contrib.auth.management import create_permissions
    from django.contrib.contenttypes.management import create_contenttypes

    config = current.get_app_config("orders")
    create_contenttypes(config, verbosity=0, using=schema_editor.connection.alias, apps=apps)
    create_permissions(config, verbosity=0, using=schema_editor.connection.alias, apps=apps)
    groups, permissions = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for role, names in ROLES.items():
        group, _ = groups.objects.get_or_create(name=role)
        for name in names:
            label, codename = name.split(".")
            group.permissions.add(permissions.objects.get(content_type__app_label=label, codename=codename))


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0007_sync_progress'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(take_guards_down, migrations.RunPython.noop),
        migrations.AddField(
            model_name='edit',
            name='labels',
            field=orders.wording.LabelsField(blank=True, db_default='', default='', editable=False, help_text='The fields that it changes.'),
        ),
        migrations.AddField(
            model_name='edit',
            name='told',
            field=orders.wording.ToldField(blank=True, db_default='', default='', editable=False, help_text='The changes in words, personal data included.'),
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('csv', 'CSV'), ('json', 'JSON'), ('xlsx', 'Excel')], max_length=10)),
                ('query', models.TextField(blank=True, help_text='What the history was narrowed down to, as its address says it.')),
                ('narrowed_to', models.TextField(blank=True, help_text='The same in words.')),
                ('personal', models.BooleanField(help_text='Whether personal data was left in it.')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('running', 'running'), ('done', 'done'), ('failed', 'failed')], default='waiting', max_length=10)),
                ('rows', models.PositiveIntegerField(default=0, help_text='Edits written, so far or in the end.')),
                ('total', models.PositiveIntegerField(help_text='How many a workbook will hold.', null=True)),
                ('error', models.TextField(blank=True)),
                ('created_at', models.DateTimeField()),
                ('touched_at', models.DateTimeField(help_text='When it was last heard of.')),
                ('fence', models.PositiveIntegerField(default=0, help_text='Grows with every worker that begins to write it.')),
                ('busy_until', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'permissions': [('export_history', 'Can export the history of all orders')],
            },
        ),
        migrations.CreateModel(
            name='ExportPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fence', models.PositiveIntegerField(help_text='Whose writing it is: another may have begun anew since.')),
                ('number', models.PositiveIntegerField()),
                ('data', models.BinaryField()),
                ('export', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='orders.export')),
            ],
        ),
        migrations.AddIndex(
            model_name='export',
            index=models.Index(models.F('author'), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='export_author'),
        ),
        migrations.AddIndex(
            model_name='export',
            index=models.Index(models.F('created_at'), condition=models.Q(('state__in', ['waiting', 'running'])), name='export_open'),
        ),
        migrations.AddConstraint(
            model_name='exportpart',
            constraint=models.UniqueConstraint(fields=('export', 'fence', 'number'), name='one_row_per_export_part'),
        ),
        migrations.RunPython(write_words, migrations.RunPython.noop),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
        migrations.RunPython(migrations.RunPython.noop, take_guards_down),
    ]
