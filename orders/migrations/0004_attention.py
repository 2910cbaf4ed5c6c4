"""What people choose for themselves, which edit reverts which, and what has been dealt with."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def take_guards_down(apps, schema_editor):
    """SQLite alters no table that a trigger says anything about; after the migration the triggers are put up again."""
    from orders.guards import remove_guards

    remove_guards(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ('orders', '0003_workers'),
        ('vendors', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(take_guards_down, migrations.RunPython.noop),
        migrations.CreateModel(
            name='Preferences',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hold_seconds', models.PositiveSmallIntegerField(blank=True, help_text='How long an edit waits after it is sent, so that it can be taken back.', null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10)])),
            ],
            options={
                'verbose_name_plural': 'preferences',
            },
        ),
        migrations.AddField(
            model_name='edit',
            name='dealt_with_at',
            field=models.DateTimeField(help_text='When somebody saw to it that it did not come about.', null=True),
        ),
        migrations.AddField(
            model_name='edit',
            name='dealt_with_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='edit',
            name='reverts',
            field=models.ForeignKey(help_text='The edit of which this one puts fields back.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reverted_by', to='orders.edit'),
        ),
        migrations.AddIndex(
            model_name='edit',
            index=models.Index(models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(models.Q(('dealt_with_at__isnull', True), ('state__in', ['accepted', 'checking', 'sending', 'looking', 'unknown', 'refused', 'blocked', 'conflict', 'not_sent', 'not_applied'])), models.Q(('hold', ''), _negated=True), _connector='OR'), name='edit_open'),
        ),
        migrations.AddIndex(
            model_name='edit',
            index=models.Index(models.F('author'), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(models.Q(('dealt_with_at__isnull', True), ('state__in', ['accepted', 'checking', 'sending', 'looking', 'unknown', 'refused', 'blocked', 'conflict', 'not_sent', 'not_applied'])), models.Q(('hold', ''), _negated=True), _connector='OR'), name='edit_author_open'),
        ),
        migrations.AddField(
            model_name='preferences',
            name='user',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='preferences', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='preferences',
            constraint=models.CheckConstraint(condition=models.Q(('hold_seconds__range', (0, 10))), name='hold_seconds_within_bounds'),
        ),
        migrations.RunPython(migrations.RunPython.noop, take_guards_down),
    ]
