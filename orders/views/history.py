"""All edits, for those who answer for them."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django_htmx.http import push_url, replace_url

from orders.filters import known_fields
from orders.history import entry_of, list_history
from orders.lines import edit_line, edit_rows
from orders.models import Edit
from orders.selects import options
from orders.views.requests import DeskRequest, needs, wants_fragment


@require_safe
@needs("orders.view_history")
def history(request: DeskRequest) -> HttpResponse:
    """A page of the history; with `open` one entry of it, unfolded. HTMX gets the part that it asked for."""
    if request.GET.get("open"):
        return _one(request, request.GET["open"])
    listed = list_history(asked=request.GET, user=request.user)
    context = {"history": listed, "filters": listed.filters, "rows": edit_rows(listed.entries)}
    if not wants_fragment(request):
        context["known_fields"] = options(tuple(known_fields()))
        return render(request, "orders/history.html", context)
    response = render(request, "orders/history.html#results", context)
    if not listed.is_first:
        return response
    typed = request.htmx.trigger_name in {"why", "field", "order"}
    return (replace_url if typed else push_url)(response, request.path + listed.address.removeprefix("."))


def _one(request: DeskRequest, number: str) -> HttpResponse:
    known = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    edit = get_object_or_404(
        Edit.objects.select_related("order", "order__account", "account", "author").defer("order__raw"), pk=known
    )
    entry, detail = entry_of(edit=edit, user=request.user)
    template = "orders/history.html#unfolded" if wants_fragment(request) else "orders/history.html"
    return render(request, template, {"edit": edit, "entry": entry, "detail": detail, "line": edit_line(entry)})
