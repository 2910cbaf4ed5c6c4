"""What the desk is measured against: floors that do nothing but the least, and what is usually written.

Served under `/bench/` by the settings of a bench run alone, behind the same middleware as the desk.
"""

from html import escape
from typing import Any

import requests
from django.contrib import admin
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import include, path
from django.views.generic import ListView

from orders.models import Order

_COLUMNS = ("id", "number", "title", "status", "note", "changed_at")
_LIST = f"SELECT {', '.join(_COLUMNS)} FROM orders_order ORDER BY changed_at DESC, id DESC LIMIT 50"  # noqa: S608
_ROW = '<tr><td><a href="/orders/%s/">%s</a></td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>'
_TEMPLATE = Engine().from_string(
    "<!doctype html><title>Orders</title><table>{% for order in page_obj %}<tr><td><a href='/orders/{{ order.pk }}/'>"
    "{{ order.number }}</a></td><td>{{ order.title }}</td><td>{{ order.status }}</td><td>{{ order.note }}</td>"
    "<td>{{ order.changed_at }}</td></tr>{% endfor %}</table>"
    "<p>{{ page_obj.number }} of {{ page_obj.paginator.num_pages }}</p>"
)
_CALL: dict[str, Any] = {}


def floor(request: HttpRequest) -> HttpResponse:
    """The first page of orders by one raw SELECT and %-formatting."""
    _ = request.user.is_authenticated  # the session and the person are loaded, as for every page
    with connection.cursor() as cursor:
        cursor.execute(_LIST)
        rows = "".join(_ROW % tuple(escape(str(value)) for value in row) for row in cursor.fetchall())
    return HttpResponse(f"<!doctype html><title>Orders</title><table>{rows}</table>")


class Paged(ListView):  # type: ignore[type-arg]  # Django takes no arguments here at run time
    """What Django's own tutorial would make of it."""

    model = Order
    paginate_by = 50
    ordering = ("-changed_at", "-id")
    template_name = "bench/list.html"

    def get_queryset(self) -> Any:
        """All orders, or those whose search text contains `q`."""
        found = super().get_queryset()
        text = self.request.GET.get("q", "")
        return found.filter(search__icontains=text) if text else found

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        """Rows through Django's template engine."""
        return HttpResponse(_TEMPLATE.render(Context(context)))


class StockAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A changelist as it comes."""

    list_display = ("number", "title", "status", "account", "changed_at")
    list_filter = ("status",)
    search_fields = ("search",)
    ordering = ("-changed_at",)


site = admin.AdminSite(name="bench")
site.register(Order, StockAdmin)


def post_and_return(request: HttpRequest) -> HttpResponse:
    """A view that sends one change to the vendor and does nothing else. `call` tells it where."""
    _ = request.user.is_authenticated
    send(_CALL["session"], _CALL["url"])
    return HttpResponse("ok")


def prepare_call(url: str) -> requests.Session:
    """Say where `post_and_return` sends its change. Returns the session that it uses."""
    _CALL.update(session=requests.Session(), url=url)
    session: requests.Session = _CALL["session"]
    session.trust_env = False
    return session


def send(session: requests.Session, url: str) -> None:
    """One bare change: JSON out, JSON in."""
    session.post(url, json={"title": "Doors"}, timeout=30).json()


urlpatterns = [
    path("bench/floor/", floor),
    path("bench/paged/", Paged.as_view()),
    path("bench/admin/", site.urls),
    path("bench/post/", post_and_return),
    path("", include("config.urls")),
]
