"""The desk, as Django knows it."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from orders.guards import install_after_migration

        post_migrate.connect(install_after_migration, sender=self)
