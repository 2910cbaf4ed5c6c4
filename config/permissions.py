"""Who may do what, read together with who it is: one query for each request."""

from functools import cache
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.db import connection

from vendors.rows import as_model, columns_of

_PERSON = """
    SELECT {columns}, (
        SELECT {joined}(kind.app_label || '.' || permission.codename, ' ')
        FROM auth_permission AS permission
        JOIN django_content_type AS kind ON kind.id = permission.content_type_id
        WHERE permission.id IN (
            SELECT permission_id FROM auth_user_user_permissions WHERE user_id = person.id
            UNION ALL
            SELECT granted.permission_id
            FROM auth_user_groups AS member
            JOIN auth_group_permissions AS granted ON granted.group_id = member.group_id
            WHERE member.user_id = person.id
        )
    )
    FROM auth_user AS person WHERE person.id = %s
"""


class OneQuery(ModelBackend):
    """Django's own backend, but whoever is signed in comes with their permissions, personal and by group."""

    def get_user(self, user_id: int) -> User | None:
        """The person with this id, unless they may not sign in."""
        return person_with_permissions(user_id)


def person_with_permissions(user_id: int) -> User | None:
    """The person with this id and what they may do; None where they may not even sign in. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_person(connection.vendor), [user_id])
        found = cursor.fetchone()
    if found is None:
        return None
    *values, granted = found
    user: Any = as_model(User, values)
    # Where Django's own backend keeps, for as long as the request, what takes it two queries.
    user._perm_cache = set((granted or "").split())
    return user if user.is_active else None


@cache
def _person(vendor: str) -> str:
    columns = ", ".join(f"person.{name}" for name in columns_of(User))
    return _PERSON.format(columns=columns, joined="string_agg" if vendor == "postgresql" else "group_concat")
