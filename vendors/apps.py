"""The part of Amend that knows other people's APIs."""

from django.apps import AppConfig


class VendorsConfig(AppConfig):
    name = "vendors"
    verbose_name = "Vendors"

    def ready(self) -> None:
        from vendors import checks  # noqa: F401 - importing it registers the checks
