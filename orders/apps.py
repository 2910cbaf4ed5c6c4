"""The desk, as Django knows it."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from orders import guards
        from orders.search import index

        post_migrate.connect(guards.install_after_migration, sender=self)
        post_migrate.connect(index.install_after_migration, sender=self)
