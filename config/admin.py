"""The Django admin, under Amend's name."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache


class AdminSite(admin.AdminSite):
    site_header = site_title = "Amend"
    index_title = "Configuration"
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        """Only administrators get in: those who may change accounts."""
        return bool(request.user.is_active and request.user.has_perm("vendors.change_vendoraccount"))

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one page to sign in at. Whoever is signed in already and still sent here may not get in."""
        if request.user.is_authenticated:
            raise PermissionDenied
        from django.contrib.auth.views import redirect_to_login  # models are not loaded yet where this file is

        return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index"))


class Admin(AdminConfig):
    default_site = "config.admin.AdminSite"

    def ready(self) -> None:
        super().ready()
        from config import people  # noqa: F401 - registers itself, after Django's own has
