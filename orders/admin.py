"""The desk's records in the Django admin: there to be read, by nobody to be changed."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from orders.models import Attempt, Edit, Export, Step, SyncRun


class ReadOnly:
    """Nothing may be added, changed or deleted here, not even by a superuser."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class StepInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Step
    fields = ("at", "state", "note")


class AttemptInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Attempt
    fields = ("number", "started_at", "finished_at", "result", "status")


@admin.register(Edit)
class EditAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("created_at", "author_name", "account", "order_number", "fields_changed", "state")
    list_filter = ("state", "account")
    list_select_related = ("account", "order")
    search_fields = ("author_name", "ticket", "reason")
    show_full_result_count = False
    ordering = ("-created_at", "-id")
    inlines = (StepInline, AttemptInline)
    # Values may be personal: who may see them reads them on the desk's own history page, where they are masked.
    fields = (
        "created_at",
        "author_name",
        "account",
        "order_number",
        "fields_changed",
        "reason",
        "ticket",
        "state",
        "explanation",
        "aftermath",
        "sent_at",
        "concluded_at",
    )
    readonly_fields = fields

    @admin.display(description="order")
    def order_number(self, edit: Edit) -> str:
        return edit.order.number

    @admin.display(description="fields")
    def fields_changed(self, edit: Edit) -> str:
        return ", ".join(edit.changes)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edit]:
        return super().get_queryset(request).select_related("account", "order").defer("order__raw")


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("started_at", "account", "seen", "added", "changed", "failed", "error")
    list_filter = ("account",)
    list_select_related = ("account",)
    ordering = ("-started_at",)


@admin.register(Export)
class ExportAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who took what of the history out of the desk."""

    list_display = ("created_at", "author", "kind", "narrowed_to", "rows", "personal", "state")
    list_filter = ("kind", "personal")
    list_select_related = ("author",)
    show_full_result_count = False
    ordering = ("-created_at", "-id")
