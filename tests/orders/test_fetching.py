"""Orders that come into the mirror because somebody pasted their id or their address."""

import pytest

from orders.models import Order
from orders.services import FetchRefused, fetch_order
from tests.vendors.lia.worlds import find_order, set_option
from tests.vendors.lia.worlds import lia_account as lia_account
from tests.vendors.lia.worlds import lia_mirrored as lia_mirrored
from tests.vendors.lia.worlds import lia_simulator as lia_simulator
from vendors import secrets
from vendors.errors import AccountRefused, OrderGone, Unreachable
from vendors.lia.sandbox import LiaSimulator
from vendors.lia.sandbox.world import order_id
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db

OPEN = order_id(1)


@pytest.mark.parametrize(
    "text",
    [
        OPEN,
        f" {OPEN}\n",
        f"https://parceiro.lia.com.br/painel/pedidos/{OPEN}",
        f"https://pague.lia.com.br/escola/pedido?order_id={OPEN}",
    ],
)
def test_a_pasted_order_is_read_and_mirrored(
    lia_simulator: LiaSimulator, lia_account: VendorAccount, text: str
) -> None:
    set_option(lia_account, list_orders=False)
    order = fetch_order(account=lia_account, text=text)
    assert (order.vendor_id, order.account) == (OPEN, lia_account)
    assert order.raw == lia_simulator.order(OPEN)
    assert [entry.path for entry in lia_simulator.journal.entries] == [f"/external_api/v1/orders/{OPEN}"]


def test_the_id_in_an_address_may_be_another_than_the_orders_own(
    lia_simulator: LiaSimulator, lia_account: VendorAccount
) -> None:
    """Trap: ids in `url` differ from `id`. Lia's answer says which order it is."""
    url = lia_simulator.order(OPEN)["url"]
    with pytest.raises(OrderGone, match=r"knows no order .* the id on the order's own page"):
        fetch_order(account=lia_account, text=url)
    assert Order.objects.count() == 0

    lia_simulator.orders[url.partition("order_id=")[2]] = lia_simulator.order(OPEN)
    assert fetch_order(account=lia_account, text=url).vendor_id == OPEN


def test_a_mirrored_order_is_renewed_and_not_doubled(lia_simulator: LiaSimulator, lia_mirrored: VendorAccount) -> None:
    lia_simulator.edit(OPEN, customer_name="Renewed Name")
    assert fetch_order(account=lia_mirrored, text=OPEN).title == "Renewed Name"
    assert find_order(lia_mirrored, OPEN).revision == 2


@pytest.mark.parametrize("text", ["", "two words", "https://pague.lia.com.br/", "x" * 500])
def test_what_is_no_id_is_not_asked_for(lia_simulator: LiaSimulator, lia_account: VendorAccount, text: str) -> None:
    with pytest.raises(FetchRefused, match="neither"):
        fetch_order(account=lia_account, text=text)
    assert lia_simulator.journal.entries == []


def test_a_disabled_account_is_not_asked(lia_simulator: LiaSimulator, lia_account: VendorAccount) -> None:
    lia_account.enabled = False
    with pytest.raises(FetchRefused, match="disabled"):
        fetch_order(account=lia_account, text=OPEN)
    assert lia_simulator.journal.entries == []


def test_a_vendor_that_only_lists_is_not_asked(lia_account: VendorAccount) -> None:
    lia_account.vendor, lia_account.options = "liner", {}
    with pytest.raises(FetchRefused, match="lists only"):
        fetch_order(account=lia_account, text="1001")


def test_whatever_else_goes_wrong_is_said_in_the_usual_words(
    lia_simulator: LiaSimulator, lia_account: VendorAccount
) -> None:
    lia_simulator.fail("list", intent="read")
    with pytest.raises(Unreachable):
        fetch_order(account=lia_account, text=OPEN)
    VendorAccount.objects.update(encrypted_credentials=secrets.encrypt({"token": "a-token-of-nobody"}))
    with pytest.raises(AccountRefused):
        fetch_order(account=VendorAccount.objects.get(), text=OPEN)
    assert Order.objects.count() == 0
