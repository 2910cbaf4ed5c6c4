"""The page from which an edit is put back: which fields, over what the vendor holds today."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from orders import services
from orders.models import Edit
from orders.presentation.reversal import rows_of
from orders.services.reverting import may_revert
from orders.views.calling import one_of_few
from orders.views.order import heading_of
from orders.views.requests import DeskRequest, needs
from vendors.errors import VendorError
from vendors.secrets import SecretUnreadable


@require_http_methods(["GET", "HEAD", "POST"])
@needs("orders.edit_order")
def revert(request: DeskRequest, pk: int) -> HttpResponse:
    """The fields of an edit with what they were, are by the edit, and are today. POST reads the order again first."""
    edit = get_object_or_404(Edit.objects.select_related("order", "account", "order__account"), pk=pk)
    if not may_revert(edit=edit, person=request.user):
        raise PermissionDenied(f"Only {edit.author_name} or a supervisor can revert this edit, if it was applied.")
    heading = heading_of(edit.order)
    if heading["obstacle"]:
        messages.warning(request, heading["obstacle"])
        return redirect(edit)
    if request.method == "POST":
        _look_again(request, edit)
        return redirect("revert", pk=edit.pk)
    if "chosen" in request.GET:
        return _to_the_form(request, edit)
    rows = rows_of(edit=edit, person=request.user)
    context = {**heading, "edit": edit, "rows": rows, "is_possible": any(not row.obstacle for row in rows)}
    return render(request, "orders/revert.html", context)


def _to_the_form(request: DeskRequest, edit: Edit) -> HttpResponse:
    """On to the ordinary form with the chosen fields; back with a word where none is."""
    query = request.GET.copy()
    if not query.getlist("field"):
        messages.warning(request, "Choose at least one field to put back.")
        return redirect("revert", pk=edit.pk)
    query.pop("chosen")
    query["revert"] = str(edit.pk)
    return redirect(f"{reverse('edit_order', args=[edit.order_id])}?{query.urlencode()}")


def _look_again(request: DeskRequest, edit: Edit) -> None:
    """Read the order now. Where that fails, the page says so and works with the copy that there is."""
    try:
        with one_of_few():
            services.look_again(order=edit.order)
    except (VendorError, SecretUnreadable) as failure:
        vendor = edit.account.vendor_label
        messages.warning(request, f"The order could not be read from {vendor}, so this is the last copy. {failure}")
