"""Who may do what, asked of the database once for each request."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.db import connection

_GRANTED = """
    SELECT kind.app_label, permission.codename
    FROM auth_permission AS permission
    JOIN django_content_type AS kind ON kind.id = permission.content_type_id
    WHERE permission.id IN (
        SELECT permission_id FROM auth_user_user_permissions WHERE user_id = %s
        UNION ALL
        SELECT granted.permission_id
        FROM auth_user_groups AS member
        JOIN auth_group_permissions AS granted ON granted.group_id = member.group_id
        WHERE member.user_id = %s
    )
"""


class OneQuery(ModelBackend):
    """Django's own backend, but somebody's permissions, personal and by group, come in one query instead of two."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The names of all permissions of a person, such as "orders.view_order"; kept for as long as `user_obj`."""
        if not isinstance(user_obj, User) or not user_obj.is_active or user_obj.is_superuser or obj is not None:
            return set(super().get_all_permissions(user_obj, obj))
        kept: set[str] | None = user_obj.__dict__.get("_perm_cache")
        if kept is None:
            with connection.cursor() as cursor:
                cursor.execute(_GRANTED, [user_obj.pk, user_obj.pk])
                kept = {f"{label}.{codename}" for label, codename in cursor.fetchall()}
            user_obj._perm_cache = kept  # type: ignore[attr-defined]  # where Django's own backend keeps them
        return kept
