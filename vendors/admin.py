"""Accounts in the admin: the vendor is chosen first, then the form asks for what that vendor declares."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from simple_history.admin import SimpleHistoryAdmin

from vendors.accounts import save_account
from vendors.connection import check_account
from vendors.contract import Vendor
from vendors.forms import BUDGET, CREDENTIAL, OPTION, REMOVAL, AccountForm, account_form
from vendors.health_admin import HEALTH, HealthInAdmin
from vendors.models import VendorAccount
from vendors.registry import VENDORS

Fieldsets = Sequence[tuple[str | None, dict[str, Any]]]


@admin.register(VendorAccount)
class VendorAccountAdmin(HealthInAdmin, SimpleHistoryAdmin):  # type: ignore[misc] # untyped library
    """The admin lets nobody in who may not change accounts. No page and no log ever holds a secret."""

    list_display = ("name", "vendor_label", "base_url", "credentials_state", "health_state", "enabled")
    list_filter = ("enabled", "vendor")
    search_fields = ("name", "base_url")
    ordering = ("name",)
    readonly_fields = ("vendor_label", *HEALTH)
    actions = ("check_connections", "close_circuits")
    save_on_top = False
    object_history_list_template = "admin/vendors/vendoraccount/history.html"

    # The list

    @admin.display(description="Vendor", ordering="vendor")
    def vendor_label(self, account: VendorAccount) -> str:
        return account.vendor_label

    @admin.display(description="Credentials", ordering="credentials_set_at")
    def credentials_state(self, account: VendorAccount) -> str:
        return "set" if account.encrypted_credentials else "not set"

    @admin.action(description="Test the connection", permissions=["change"])
    def check_connections(self, request: HttpRequest, accounts: QuerySet[VendorAccount]) -> None:
        for account in accounts:
            self._report_connection(request, account)

    # The form

    def get_queryset(self, request: HttpRequest) -> QuerySet[VendorAccount]:
        found: QuerySet[VendorAccount] = super().get_queryset(request)
        return found.select_related("health").defer("pick_lists")

    def get_form(
        self, request: HttpRequest, obj: VendorAccount | None = None, change: bool = False, **kwargs: Any
    ) -> type[AccountForm]:
        form: type[AccountForm] = super().get_form(
            request, obj, change, **kwargs, form=account_form(_vendor(request, obj), obj)
        )
        return form

    def get_fieldsets(self, request: HttpRequest, obj: VendorAccount | None = None) -> Fieldsets:
        vendor = _vendor(request, obj)
        secret = [name for name in account_form(vendor, obj).base_fields if name.startswith((CREDENTIAL, REMOVAL))]
        options = [OPTION + name for name in vendor.declared_options]
        return [
            (None, {"fields": ["vendor_label", "name", "base_url"]}),
            ("Credentials", {"fields": secret}),
            (f"How {vendor.label} is used", {"fields": [*options, "requires_reason", "sync_minutes", "enabled"]}),
            ("Budget", {"fields": list(BUDGET)}),
            *([("Health and use", {"fields": list(HEALTH)})] if obj else []),
        ]

    @method_decorator(sensitive_post_parameters())
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if object_id is None and request.GET.get("vendor") not in VENDORS:
            return self._choose_vendor(request)
        stored = self.get_object(request, object_id) if object_id else None
        if stored and stored.vendor not in VENDORS:
            return self._refuse_unknown_vendor(request, stored)
        context = {"show_save_and_add_another": False, **(extra_context or {})}
        if stored and stored.delivers_by:
            address = reverse("hook", args=[stored.vendor, stored.hook_token])
            context["delivery_address"] = request.build_absolute_uri(address)
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return answer

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {}  # an address may choose the vendor, and nothing else

    def save_form(self, request: HttpRequest, form: AccountForm, change: bool) -> VendorAccount:
        account: VendorAccount = form.save(commit=False)
        return account

    def save_model(self, request: HttpRequest, obj: VendorAccount, form: AccountForm, change: bool) -> None:
        obj._history_user = request.user  # type: ignore[attr-defined] # read by the history
        save_account(account=obj, credentials=form.credentials)

    def response_add(
        self, request: HttpRequest, obj: VendorAccount, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._tested(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: VendorAccount) -> HttpResponse:
        return self._tested(request, obj) or super().response_change(request, obj)

    # The connection

    def get_urls(self) -> list[URLPattern]:
        test = path("<int:pk>/test/", self.admin_site.admin_view(require_POST(self.test_view)), name="account_test")
        # Without the history library's page of one old state: it would be an account form that saves nothing.
        return [test, *admin.ModelAdmin.get_urls(self)]

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try the account as it is saved, and say on its page what came of it."""
        account = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        self._report_connection(request, account)
        return self._back_to(account)

    def _tested(self, request: HttpRequest, account: VendorAccount) -> HttpResponse | None:
        """After "Save and test the connection": the test, and the account's page again."""
        if "_test" not in request.POST:
            return None
        messages.success(request, f"The account {account} is saved.")
        self._report_connection(request, account)
        return self._back_to(account)

    def _report_connection(self, request: HttpRequest, account: VendorAccount) -> None:
        finding = check_account(account=account)
        say = messages.success if finding.works else messages.error
        say(request, f"{account}: {finding.text}")

    def _back_to(self, account: VendorAccount) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:vendors_vendoraccount_change", args=[account.pk]))

    def _choose_vendor(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        vendors = [(vendor.label, "?" + urlencode({"vendor": slug})) for slug, vendor in VENDORS.items()]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Add account",
            "vendors": vendors,
        }
        return TemplateResponse(request, "admin/vendors/vendoraccount/choose_vendor.html", context)

    def _refuse_unknown_vendor(self, request: HttpRequest, account: VendorAccount) -> HttpResponse:
        messages.error(
            request, f"{account} is an account of the vendor {account.vendor!r}, which this version does not know."
        )
        return HttpResponseRedirect(reverse("admin:vendors_vendoraccount_changelist"))


def _vendor(request: HttpRequest, account: VendorAccount | None) -> type[Vendor]:
    """The account's vendor; for a new account the one that the address names."""
    return VENDORS[account.vendor if account else request.GET["vendor"]]
