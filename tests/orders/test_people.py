"""Administrators give roles to others: never all rights, and never any to themselves."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    ada = User.objects.create_user("ada", password="a long enough password", is_staff=True)
    ada.groups.add(Group.objects.get(name="administrator"))
    client.force_login(ada)
    return ada


def post(client: Client, user: User, **values: object) -> int:
    data = {"username": user.username, "is_active": "on", **values}
    return client.post(reverse("admin:auth_user_change", args=[user.pk]), data).status_code


def test_an_administrator_gives_a_role(client: Client, ada: User) -> None:
    bob = User.objects.create_user("bob")
    agent = Group.objects.get(name="agent")

    assert post(client, bob, groups=[agent.pk]) == 302
    assert list(bob.groups.all()) == [agent]


def test_an_administrator_cannot_make_a_superuser(client: Client, ada: User) -> None:
    bob = User.objects.create_user("bob")

    post(client, bob, is_superuser="on", user_permissions=["1"])

    bob.refresh_from_db()
    assert not bob.is_superuser
    assert bob.user_permissions.count() == 0


def test_an_administrator_cannot_change_their_own_role(client: Client, ada: User) -> None:
    post(client, ada, groups=[group.pk for group in Group.objects.all()])

    assert [group.name for group in ada.groups.all()] == ["administrator"]


def test_an_administrator_cannot_change_a_superuser(client: Client, ada: User) -> None:
    root = User.objects.create_superuser("root", password="a long enough password")

    assert post(client, root, username="mine") == 403
    url = reverse("admin:auth_user_password_change", args=[root.pk])
    assert client.post(url, {"password1": "x" * 20, "password2": "x" * 20}).status_code == 403


def test_people_are_not_deleted(client: Client, ada: User) -> None:
    bob = User.objects.create_user("bob")

    assert client.post(reverse("admin:auth_user_delete", args=[bob.pk]), {"post": "yes"}).status_code == 403


def test_an_edit_in_the_admin_is_read_only_even_for_a_superuser(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root", password="a long enough password"))

    assert client.get(reverse("admin:orders_edit_changelist")).status_code == 200
    assert client.get(reverse("admin:orders_edit_add")).status_code == 403
