"""The three roles, as groups with permissions."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ROLES = {
    "agent": ["orders.view_order", "orders.edit_order", "orders.view_personal"],
    "supervisor": [
        "orders.view_order",
        "orders.edit_order",
        "orders.view_personal",
        "orders.view_edit",
        "orders.view_history",
    ],
    "administrator": [
        "vendors.view_vendoraccount",
        "vendors.add_vendoraccount",
        "vendors.change_vendoraccount",
        "vendors.view_historicalvendoraccount",
        "orders.view_order",
        "orders.view_edit",
        "orders.view_history",
        "orders.view_syncrun",
        "auth.view_user",
        "auth.add_user",
        "auth.change_user",
        "auth.view_group",
    ],
}


def make_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Permissions are normally made after the last migration; here they are needed within one."""
    from django.apps import apps as current
    from django.contrib.auth.management import create_permissions
    from django.contrib.contenttypes.management import create_contenttypes

    for label in ("contenttypes", "auth", "vendors", "orders"):
        config = current.get_app_config(label)
        create_contenttypes(config, verbosity=0, using=schema_editor.connection.alias, apps=apps)
        create_permissions(config, verbosity=0, using=schema_editor.connection.alias, apps=apps)
    groups, permissions = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for role, names in ROLES.items():
        group, _ = groups.objects.get_or_create(name=role)
        for name in names:
            label, codename = name.split(".")
            group.permissions.add(permissions.objects.get(content_type__app_label=label, codename=codename))


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
