"""What every view of the desk is asked with: somebody signed in, who has the permission that it takes."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeAlias

from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

Rest = ParamSpec("Rest")
View: TypeAlias = Callable[Concatenate["DeskRequest", Rest], HttpResponseBase]


class DeskRequest(HttpRequest):
    """A request as it is behind the desk's middleware."""

    user: User
    htmx: HtmxDetails


def wants_fragment(request: DeskRequest) -> bool:
    """Whether HTMX asks for a part of the page, rather than for the whole one, to restore it."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def needs(permission: str) -> Callable[[View[Rest]], View[Rest]]:
    """Refuse whoever lacks this permission, such as "orders.view_order", with a page that names it."""

    def decorate(view: View[Rest]) -> View[Rest]:
        @wraps(view)
        def checked(request: DeskRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied(f"It takes the permission “{_name_of(permission)}”, which you do not have.")
            return view(request, *args, **kwargs)

        return checked

    return decorate


def _name_of(permission: str) -> str:
    label, codename = permission.split(".")
    found = Permission.objects.filter(content_type__app_label=label, codename=codename).first()
    return found.name if found else permission
