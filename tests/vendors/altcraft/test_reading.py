"""Reading orders: by a pointer, from the page where they last were, and what it means that one is not there."""

import json
from typing import Any

import pytest
import responses

from tests.vendors.altcraft import adapter
from tests.vendors.altcraft.conftest import API, all_of, connected
from vendors.altcraft.sandbox import AltcraftSimulator
from vendors.altcraft.sandbox.world import order_id
from vendors.altcraft.vendor import Altcraft
from vendors.errors import AccountRefused, OrderGone, Rejected, Unreachable

LIST, STATUS = f"{API}/orders/list", f"{API}/orders/get_status"


def rows(*ids: str, **more: Any) -> dict[str, Any]:
    return {"error": 0, "error_text": "", "result": [{"external_id": each} for each in ids], **more}


def sent() -> list[dict[str, Any]]:
    return [json.loads(call.request.body or b"") for call in responses.calls]


# The list


@responses.activate
def test_pages_are_asked_for_by_the_pointer_exactly_as_it_came(wired: Altcraft) -> None:
    responses.post(LIST, json=rows("a", "b", next_from_id="2p2FX/nb7+= ы"))
    responses.post(LIST, json=rows("c"))

    found = all_of(wired)

    assert [each.raw["external_id"] for each in found] == ["a", "b", "c"]
    assert [each.at for each in found] == ["", "", "2p2FX/nb7+= ы"]
    assert [body["from_id"] for body in sent()] == ["", "2p2FX/nb7+= ы"]
    assert {body["limit"] for body in sent()} == {100}
    assert all("endpoint" not in body for body in sent())


@responses.activate
@pytest.mark.parametrize(
    "last",
    [rows("c"), rows("c", next_from_id=""), rows("c", next_from_id=None), rows("c", next_from_id=7)],
    ids=["no pointer", "an empty one", "null", "a number"],
)
def test_a_list_ends_without_a_usable_pointer(wired: Altcraft, last: dict[str, Any]) -> None:
    responses.post(LIST, json=rows("a", next_from_id="p1"))
    responses.post(LIST, json=last)
    assert len(all_of(wired)) == 2
    assert len(responses.calls) == 2


@responses.activate
@pytest.mark.parametrize("empty", [[], None], ids=["[]", "null"])
def test_a_list_ends_on_an_empty_page_although_it_has_a_pointer(wired: Altcraft, empty: Any) -> None:
    responses.post(LIST, json=rows("a", next_from_id="p1"))
    responses.post(LIST, json={"error": 0, "error_text": "", "result": empty, "next_from_id": "p2"})
    assert len(all_of(wired)) == 1
    assert len(responses.calls) == 2


@responses.activate
def test_a_list_ends_on_a_pointer_that_was_used_before(wired: Altcraft) -> None:
    for pointer in ("p1", "p2", "p1"):
        responses.post(LIST, json=rows(pointer, next_from_id=pointer))
    assert len(all_of(wired)) == 3
    assert len(responses.calls) == 3


@responses.activate
def test_a_pointer_too_long_to_be_kept_is_followed_and_not_remembered(wired: Altcraft) -> None:
    responses.post(LIST, json=rows("a", next_from_id="p" * 201))
    responses.post(LIST, json=rows("b"))
    assert [each.at for each in all_of(wired)] == ["", ""]
    assert sent()[1]["from_id"] == "p" * 201


@responses.activate
@pytest.mark.parametrize("odd", [{}, {"result": {}}, {"result": "none"}, {"data": []}], ids=repr)
def test_an_answer_without_a_list_is_no_empty_list(wired: Altcraft, odd: dict[str, Any]) -> None:
    responses.post(LIST, json={"error": 0, "error_text": "", **odd})
    with pytest.raises(Unreachable, match="no list"):
        all_of(wired)


@responses.activate
def test_what_is_no_order_is_reported_and_the_others_are_kept(wired: Altcraft) -> None:
    odd: list[Any] = [7, None, {}, {"external_id": 12}, {"external_id": ""}, {"external_id": "a\nb"}]
    responses.post(LIST, json={"error": 0, "error_text": "", "result": [*odd, {"external_id": "good"}]})
    (batch,) = wired.batches()
    assert [each.raw["external_id"] for each in batch.found] == ["good"]
    assert len(batch.problems) == len(odd)
    assert "no order" in batch.problems[0]


@responses.activate
def test_an_order_that_two_pages_show_is_the_same_and_two_orders_with_one_id_are_not(wired: Altcraft) -> None:
    """Altcraft's pages move while they are read; and an update names an order by its id alone."""
    ours = {"external_id": "a", "endpoint": "website", "create_time": "2026-01-01T00:00:00Z"}
    responses.post(LIST, json={**rows(), "result": [ours], "next_from_id": "p1"})
    responses.post(LIST, json={**rows(), "result": [{**ours, "status": "paid"}, {**ours, "endpoint": "app"}]})
    batches = list(wired.batches())
    assert [each.raw.get("status") for batch in batches for each in batch.found] == [None, "paid"]
    assert [problem for batch in batches for problem in batch.problems] == [
        "Altcraft lists several orders with the external id a; one of them is kept."
    ]


@responses.activate
def test_an_order_whose_id_another_one_has_is_not_read_by_itself(wired: Altcraft) -> None:
    both = [{"external_id": "a", "endpoint": endpoint} for endpoint in ("website", "app")]
    responses.post(LIST, json={**rows(), "result": both})
    with pytest.raises(Unreachable, match="several orders"):
        wired.order("a")


def test_every_order_is_read_once(altcraft: Altcraft, simulator: AltcraftSimulator) -> None:
    assert [each.raw["external_id"] for each in all_of(altcraft)] == list(simulator.orders)
    assert len(simulator.journal.entries) == 2
    assert {entry.intent for entry in simulator.journal.entries} == {"read"}


def test_a_touchpoint_restricts_the_list(simulator: AltcraftSimulator) -> None:
    found = all_of(connected(simulator, endpoint="app"))
    assert {each.raw["endpoint"] for each in found} == {"app"}
    assert len(found) == sum(order["endpoint"] == "app" for order in simulator.orders.values())
    assert json.loads(simulator.journal.entries[0].body)["endpoint"] == "app"


@pytest.mark.parametrize("setting", ["empty", "error"])
def test_a_touchpoint_that_is_not_there_has_no_orders(simulator: AltcraftSimulator, setting: str) -> None:
    simulator.set(unknown_endpoint=setting)
    vendor = connected(simulator, endpoint="nowhere")
    if setting == "error":
        with pytest.raises(Rejected, match="Unknown endpoint"):
            all_of(vendor)
    else:
        assert all_of(vendor) == []


# One order


def test_an_order_is_read_from_the_page_where_it_was(altcraft: Altcraft, simulator: AltcraftSimulator) -> None:
    place = next(each.at for each in all_of(altcraft) if each.raw["external_id"] == order_id(115))
    simulator.journal.clear()
    found = altcraft.order(order_id(115), place)
    assert (found.raw["external_id"], found.at) == (order_id(115), place)
    assert [json.loads(entry.body)["from_id"] for entry in simulator.journal.entries] == [place]


def test_an_order_that_has_left_its_page_is_found_on_another(altcraft: Altcraft, simulator: AltcraftSimulator) -> None:
    first = all_of(altcraft)[0]
    last_place = all_of(altcraft)[-1].at
    assert altcraft.order(first.raw["external_id"], last_place) == first


def test_a_pointer_that_has_gone_stale_is_forgiven(altcraft: Altcraft, simulator: AltcraftSimulator) -> None:
    assert altcraft.order(order_id(110), "of-another-time").raw["external_id"] == order_id(110)


@pytest.mark.parametrize("unknown", ["400", "404"])
@pytest.mark.parametrize("failure_http", ["200", "same", "400"])
def test_an_order_is_gone_when_list_and_status_agree(
    altcraft: Altcraft, simulator: AltcraftSimulator, unknown: str, failure_http: str
) -> None:
    simulator.set(unknown=unknown, failure_http=failure_http)
    simulator.replace(order_id(110), None)
    with pytest.raises(OrderGone, match=r"does not show order 000110-26.*Order not found"):
        altcraft.order(order_id(110))


def test_where_the_status_cannot_be_had_nobody_says_that_an_order_is_gone(
    altcraft: Altcraft, simulator: AltcraftSimulator
) -> None:
    simulator.fail("500", path="get_status", times=None)
    simulator.replace(order_id(110), None)
    with pytest.raises(Unreachable):
        altcraft.order(order_id(110))


@pytest.mark.parametrize("result", ["object", "array"])
def test_an_order_of_another_touchpoint_is_not_gone(simulator: AltcraftSimulator, result: str) -> None:
    simulator.set(get_status_result=result)
    simulator.edit(order_id(1), endpoint="app")
    with pytest.raises(Unreachable, match="at the touchpoint “app”"):
        connected(simulator, endpoint="website").order(order_id(1))


@responses.activate
def test_a_limit_of_the_tariff_says_nothing_about_an_order(wired: Altcraft) -> None:
    responses.post(LIST, json=rows("b"))
    responses.post(STATUS, json={"error": 402, "error_text": "Limit"})
    with pytest.raises(Rejected, match="Limit"):
        wired.order("a")


@responses.activate
def test_a_404_without_altcrafts_own_words_is_about_the_address(wired: Altcraft) -> None:
    responses.post(LIST, status=404, body="<h1>Not Found</h1>")
    with pytest.raises(Unreachable, match="nothing at this address") as failure:
        wired.order("a")
    assert failure.value.answer is not None
    assert failure.value.answer.status == 404


# Who asks


@pytest.mark.parametrize("unknown_token", ["401", "403"])
@pytest.mark.parametrize("failure_http", ["200", "same", "400"])
def test_a_wrong_token_is_the_accounts_fault(
    simulator: AltcraftSimulator, unknown_token: str, failure_http: str
) -> None:
    simulator.set(unknown_token=unknown_token, failure_http=failure_http)
    vendor = adapter()
    vendor.http = vendor.connect(base_url=simulator.url, credentials={"token": "a-wrong-token"})
    with pytest.raises(AccountRefused) as refused:
        vendor.ping()
    assert "a-wrong-token" not in str(refused.value)


def test_a_ping_reads_one_order(altcraft: Altcraft, simulator: AltcraftSimulator) -> None:
    altcraft.ping()
    (entry,) = simulator.journal.entries
    assert (entry.method, entry.path) == ("POST", "/api/v1.1/market/orders/list")
    assert json.loads(entry.body)["limit"] == 1


@pytest.mark.parametrize("suffix", ["", "/", "/api/v1.1", "/api/v1.1/"])
def test_the_base_url_may_end_in_the_version(simulator: AltcraftSimulator, suffix: str) -> None:
    vendor = adapter()
    vendor.http = vendor.connect(base_url=simulator.url + suffix, credentials=simulator.credentials)
    vendor.ping()


def test_the_token_travels_in_the_body_and_nowhere_else(altcraft: Altcraft, simulator: AltcraftSimulator) -> None:
    altcraft.ping()
    (entry,) = simulator.journal.entries
    assert '"token":"(blanked)"' in entry.body
    assert "(blanked)" not in entry.path
    assert "authorization" not in entry.headers


# Names of products


def test_products_and_their_variants_have_names(altcraft: Altcraft, simulator: AltcraftSimulator) -> None:
    named = {each["value"]: each["label"] for each in altcraft.pick_lists()["products"]}
    assert named["stove_ember"] == "Stove Ember"
    assert named["boots_fell_42"] == "Boots Fell, 42"
    assert named["0042"] == "Carabiner No. 42"


@responses.activate
def test_no_more_names_are_kept_than_a_page_needs(wired: Altcraft) -> None:
    def page(request: Any) -> tuple[int, dict[str, str], str]:
        start = int(json.loads(request.body)["from_id"] or 0)
        products = [{"external_id": f"p{start + at}", "name": "One of many"} for at in range(100)]
        body = {"error": 0, "error_text": "", "result": products, "next_from_id": str(start + 100)}
        return 200, {}, json.dumps(body)

    responses.add_callback(responses.POST, f"{API}/products/list", page)
    assert len(wired.pick_lists()["products"]) == 2000
    assert len(responses.calls) == 20
