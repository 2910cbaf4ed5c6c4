"""An address for each account, to which its vendor delivers. Accounts that are there already get one of their own."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from vendors.models import new_hook_token


def give_tokens(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for account in apps.get_model("vendors", "VendorAccount").objects.filter(hook_token=None).only("pk"):
        account.hook_token = new_hook_token()
        account.save(update_fields=["hook_token"])


class Migration(migrations.Migration):
    dependencies = [("vendors", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="vendoraccount",
            name="hook_token",
            field=models.CharField(default=None, editable=False, max_length=64, null=True),
        ),
        migrations.RunPython(give_tokens, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="vendoraccount",
            name="hook_token",
            field=models.CharField(default=new_hook_token, editable=False, max_length=64, unique=True),
        ),
    ]
