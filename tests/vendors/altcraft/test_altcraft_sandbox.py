"""Altcraft's simulator is strict: it takes what the pages document and refuses the rest."""

from typing import Any

import pytest
import requests

from vendors.altcraft.sandbox import AltcraftSimulator
from vendors.altcraft.sandbox.world import FIRST_ID, order_id

TOKEN = AltcraftSimulator.credentials["token"]
ONE = order_id(1)
IDS = {"order_external_id": ONE, "order_line_external_id": "line_01", "status_external_id": "delivered"}
UPDATE = "orders/update_order_line_status"


def post(simulator: AltcraftSimulator, method: str, body: Any = None, **headers: str) -> requests.Response:
    given = {"token": TOKEN, **body} if isinstance(body, dict) else {"token": TOKEN} if body is None else body
    return call(simulator, method, given, **headers)


def call(simulator: AltcraftSimulator, method: str, body: Any, **headers: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        url = f"{simulator.url}/api/v1.1/market/{method}"
        return session.post(url, json=body, headers=headers, timeout=5)


def error_of(answer: requests.Response) -> int:
    """The error number, of an answer that has the documented envelope."""
    body = answer.json()
    assert isinstance(body["error_text"], str)
    assert type(body["error"]) is int
    return int(body["error"])


# The world


def test_a_world_is_the_same_for_the_same_seed_and_size() -> None:
    one, same, other = (AltcraftSimulator(seed=seed, size=40) for seed in (5, 5, 6))
    assert one.orders == same.orders
    assert one.orders != other.orders
    assert len(one.orders) == 40


def test_a_few_hundred_orders_are_believable() -> None:
    orders = AltcraftSimulator().orders
    assert len(orders) == 320
    assert all(order["lines"] for order in orders.values())
    assert len({order["endpoint"] for order in orders.values()}) > 2


# The way in


@pytest.mark.parametrize("method", ["orders", "orders/unheard_of", "orders/list/", ""])
def test_there_are_only_the_documented_methods(simulator: AltcraftSimulator, method: str) -> None:
    answer = post(simulator, method)
    assert (answer.status_code, error_of(answer)) == (404, 404)


@pytest.mark.parametrize("verb", ["GET", "PUT", "PATCH", "DELETE"])
def test_every_call_is_a_post(simulator: AltcraftSimulator, verb: str) -> None:
    url = f"{simulator.url}/api/v1.1/market/orders/list"
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(verb, url, json={"token": TOKEN}, timeout=5)
    assert (answer.status_code, error_of(answer)) == (405, 405)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"{", "application/json"), (b"[]", "application/json"), (b'"x"', "application/json"), (b"{}", "text/plain")],
)
def test_a_body_is_an_object_of_json(simulator: AltcraftSimulator, body: bytes, content_type: str) -> None:
    url = f"{simulator.url}/api/v1.1/market/orders/list"
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(url, data=body, headers={"Content-Type": content_type}, timeout=5)
    assert error_of(answer) == 400


@pytest.mark.parametrize(
    ("body", "headers", "error"),
    [
        ({}, {}, 401),
        ({"token": ""}, {}, 401),
        ({"token": "nobody's"}, {}, 401),
        ({"token": "\ud800"}, {}, 401),
        ({"token": 7}, {}, 400),
        ({"token": TOKEN}, {}, 0),
        ({}, {"Authorization": f"Bearer {TOKEN}"}, 0),
        ({}, {"Authorization": f"Basic {TOKEN}"}, 401),
    ],
    ids=repr,
)
def test_a_token_comes_in_the_body_or_as_a_bearer(
    simulator: AltcraftSimulator, body: Any, headers: dict[str, str], error: int
) -> None:
    assert error_of(call(simulator, "orders/list", body, **headers)) == error


def test_an_older_altcraft_knows_no_bearer(simulator: AltcraftSimulator) -> None:
    simulator.set(header_auth="no")
    assert error_of(call(simulator, "orders/list", {}, Authorization=f"Bearer {TOKEN}")) == 401


@pytest.mark.parametrize(
    ("settings", "reads", "writes"),
    [
        ({"rights": "read_only"}, 0, 403),
        ({"rights": "no_market"}, 403, 403),
        ({"tariff": "reached"}, 402, 402),
    ],
)
def test_rights_and_tariffs_are_enforced(
    simulator: AltcraftSimulator, settings: dict[str, str], reads: int, writes: int
) -> None:
    simulator.set(**settings)
    assert error_of(post(simulator, "orders/list")) == reads
    assert error_of(post(simulator, UPDATE, IDS)) == writes


@pytest.mark.parametrize(("setting", "status"), [("200", 200), ("same", 401), ("400", 400)])
def test_a_failure_rides_on_the_status_that_the_switch_says(
    simulator: AltcraftSimulator, setting: str, status: int
) -> None:
    simulator.set(failure_http=setting)
    answer = call(simulator, "orders/list", {"token": "nobody's"})
    assert (answer.status_code, error_of(answer)) == (status, 401)


def test_the_token_is_nowhere_in_the_journal(simulator: AltcraftSimulator) -> None:
    post(simulator, "orders/list")
    call(simulator, "orders/list", {"token": "a wrong one"})
    call(simulator, "orders/list", {}, Authorization=f"Bearer {TOKEN}")
    assert all(TOKEN not in repr(entry) and "a wrong one" not in entry.body for entry in simulator.journal.entries)


# Updating a line


def test_an_update_answers_as_documented(simulator: AltcraftSimulator) -> None:
    answer = post(simulator, UPDATE, {**IDS, "format": "json"})
    assert answer.json() == {"data": IDS, "error": 0, "error_text": "Successful operation"}
    assert simulator.order(ONE)["lines"][0]["status"] == "delivered"
    assert simulator.order(ONE)["_messages"] == 1


@pytest.mark.parametrize("name", list(IDS))
@pytest.mark.parametrize("value", ["absent", "", None, 7, True, ["x"], {}], ids=repr)
def test_an_update_takes_three_filled_strings(simulator: AltcraftSimulator, name: str, value: Any) -> None:
    body = {key: each for key, each in {**IDS, name: value}.items() if each != "absent"}
    before = simulator.order(ONE)
    assert error_of(post(simulator, UPDATE, body)) == 400
    assert simulator.order(ONE) == before


@pytest.mark.parametrize("status", ["paid", "part_refunded", "in_process", "Delivered", "cancelled", "beamed_up"])
def test_an_update_takes_statuses_of_lines_only(simulator: AltcraftSimulator, status: str) -> None:
    simulator.set(unknown="404")
    assert error_of(post(simulator, UPDATE, {**IDS, "status_external_id": status})) == 404
    assert simulator.order(ONE)["_messages"] == 0


@pytest.mark.parametrize("status", ["new", "processing", "delivering", "refunded", "canceled", "0001", "at_point"])
def test_an_update_takes_every_status_there_is(simulator: AltcraftSimulator, status: str) -> None:
    assert error_of(post(simulator, UPDATE, {**IDS, "status_external_id": status})) == 0


@pytest.mark.parametrize("wrong", [{"order_external_id": "nobody"}, {"order_line_external_id": "line_77"}], ids=repr)
def test_an_update_takes_lines_that_exist(simulator: AltcraftSimulator, wrong: dict[str, str]) -> None:
    simulator.set(unknown="500", failure_http="same")
    answer = post(simulator, UPDATE, {**IDS, **wrong})
    assert (answer.status_code, error_of(answer)) == (500, 500)


def test_unknown_parameters_are_ignored_or_refused(simulator: AltcraftSimulator) -> None:
    assert error_of(post(simulator, "orders/list", {"status": "new"})) == 0
    simulator.set(unknown_parameter="reject")
    assert error_of(post(simulator, "orders/list", {"status": "new"})) == 400
    assert error_of(post(simulator, "orders/list", {"format": "json"})) == 0


# Lists


def test_a_list_shows_orders_as_documented_and_nothing_more(simulator: AltcraftSimulator) -> None:
    body = post(simulator, "orders/list", {"limit": 3, "from_id": ""}).json()
    assert list(body) == ["error", "error_text", "next_from_id", "result"]
    assert body["error_text"] == ""
    documented = {
        *("profile", "external_id", "endpoint", "tags", "status", "delivery_cost", "total_price", "currency"),
        *("custom_fields", "region", "lines", "create_time", "update_time"),
    }
    of_line = {
        *("external_id", "product", "base_price_per_item", "min_price_per_item", "final_price_per_item"),
        *("count", "custom_fields", "currency"),
    }
    for order in body["result"]:
        assert set(order) <= documented
        assert isinstance(order["total_price"], str)
        assert all(set(line) == of_line and isinstance(line["count"], int) for line in order["lines"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": "3"},
        {"limit": 0},
        {"limit": True},
        {"from_id": None},
        {"from_id": 7},
        {"from_id": "x"},
        {"endpoint": 1},
    ],
    ids=repr,
)
def test_a_list_takes_each_parameter_in_its_own_type(simulator: AltcraftSimulator, wrong: dict[str, Any]) -> None:
    assert error_of(post(simulator, "orders/list", wrong)) == 400


@pytest.mark.parametrize(
    ("setting", "last"),
    [("no_pointer", "absent"), ("empty_pointer", ""), ("repeated", "its own")],
)
def test_a_last_page_points_where_the_switch_says(simulator: AltcraftSimulator, setting: str, last: str) -> None:
    simulator.set(last_page=setting)
    pointer = post(simulator, "orders/list", {"limit": 100}).json()["next_from_id"]
    body = post(simulator, "orders/list", {"limit": 100, "from_id": pointer}).json()
    assert body.get("next_from_id", "absent") == (pointer if last == "its own" else last)


def test_a_full_last_page_may_point_to_an_empty_one(simulator: AltcraftSimulator) -> None:
    simulator.set(last_page="empty_page")
    body = post(simulator, "orders/list", {"limit": 120}).json()
    after = post(simulator, "orders/list", {"limit": 120, "from_id": body["next_from_id"]}).json()
    assert (len(body["result"]), after["result"], after["next_from_id"]) == (120, [], "")


def test_products_are_listed_with_their_variants_and_variants_by_themselves(simulator: AltcraftSimulator) -> None:
    products = post(simulator, "products/list").json()["result"]
    variants = post(simulator, "sku/list").json()["result"]
    assert [each for product in products for each in product.get("sku", [])] == variants
    assert any("sku" not in product for product in products)


# One order


@pytest.mark.parametrize("named", [{"external_id": ONE}, {"id": FIRST_ID + 1}], ids=repr)
def test_the_status_of_an_order_is_had_by_either_id(simulator: AltcraftSimulator, named: dict[str, Any]) -> None:
    order = simulator.order(ONE)
    body = post(simulator, "orders/get_status", named).json()
    assert body == {"error": 0, "error_text": "", "result": {key: order[key] for key in ("endpoint", "status")}}


@pytest.mark.parametrize("named", [{}, {"id": "7001"}, {"external_id": 7}, {"external_id": "nobody"}, {"id": 1}])
def test_a_status_is_not_had_without_an_id_that_exists(simulator: AltcraftSimulator, named: dict[str, Any]) -> None:
    assert error_of(post(simulator, "orders/get_status", named)) == 400


def listed(simulator: AltcraftSimulator) -> list[str]:
    return [order["external_id"] for order in post(simulator, "orders/list", {"limit": 1000}).json()["result"]]


def test_a_deleted_order_is_nowhere(simulator: AltcraftSimulator) -> None:
    assert post(simulator, "orders/delete", {"external_id": ONE}).json() == {"error": 0, "error_text": ""}
    assert ONE not in listed(simulator)
    assert ONE not in simulator.orders
    assert error_of(post(simulator, "orders/get_status", {"external_id": ONE})) == 400
    assert error_of(post(simulator, "orders/delete", {"external_id": ONE})) == 400


def test_an_older_altcraft_flags_and_erases_with_fire_only(simulator: AltcraftSimulator) -> None:
    simulator.set(delete="old")
    assert error_of(post(simulator, "orders/delete", {"external_id": ONE})) == 400
    answer = post(simulator, "orders/delete", {"id": FIRST_ID + 1, "group_id": 2})
    assert answer.json() == {"error": 0, "error_text": "", "result": []}
    assert ONE not in listed(simulator)
    assert simulator.order(ONE)["_deleted"]
    assert error_of(post(simulator, "orders/delete", {"id": FIRST_ID + 2, "with_fire": True})) == 0
    assert order_id(2) not in simulator.orders


# Import


def new_order(**more: Any) -> dict[str, Any]:
    line = {"external_id": "7777", "status": "0001", "product": "rope_60", "final_price_per_item": "500", "count": 5}
    order = {
        "external_id": "0007",
        "matching": "email",
        "email": "johndoe@example.com",
        "endpoint": "website",
        "status": "new",
        "total_price": "2500.50",
        "currency": "EUR",
        "lines": [line],
    }
    return {key: value for key, value in {**order, **more}.items() if value != "absent"}


def test_an_import_is_in_the_currency_and_the_list_in_minor_units(simulator: AltcraftSimulator) -> None:
    assert error_of(post(simulator, "orders/import", {"data": [new_order()]})) == 0
    order = simulator.order("0007")
    assert (order["total_price"], order["lines"][0]["final_price_per_item"]) == ("250050", "50000")
    assert order["_messages"] == 1
    assert listed(simulator)[-1] == "0007"


def test_an_import_without_triggers_messages_nobody(simulator: AltcraftSimulator) -> None:
    post(simulator, "orders/import", {"data": [new_order()], "skip_triggers": True})
    assert simulator.order("0007")["_messages"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            {key: "absent"}
            for key in ("external_id", "email", "endpoint", "status", "total_price", "currency", "lines")
        ),
        {"endpoint": "nowhere"},
        {"status": "delivering"},
        {"currency": "RUB"},
        {"total_price": 2500},
        {"total_price": "a lot"},
        {"lines": []},
        {"lines": [{}]},
        {"lines": ["line"]},
        {"matching": "name"},
        {"matching": "phone"},
        {"create_time": "yesterday"},
        {"tags": "one"},
        {"custom_fields": []},
    ],
    ids=repr,
)
def test_an_import_is_refused_where_an_order_is_not_complete(simulator: AltcraftSimulator, wrong: Any) -> None:
    assert error_of(post(simulator, "orders/import", {"data": [new_order(), new_order(**wrong)]})) == 400
    assert "0007" not in simulator.orders


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"custom_line_statuses": [{"external_id": "s", "name": "S", "type": "in_process"}]}, 0),
        ({"custom_line_statuses": [{"external_id": "s", "name": "S", "type": "processing"}]}, 400),
        ({"custom_line_statuses": [{"name": "S", "type": "delivered"}]}, 400),
        ({"custom_line_statuses": ["s"]}, 400),
        ({"skip_triggers": "yes"}, 400),
        ({"data": []}, 400),
        ({"data": {}}, 400),
        ({"data": ["x"]}, 400),
        ({"custom_fields": [{"external_id": "f"}]}, 400),
    ],
    ids=repr,
)
def test_an_import_checks_what_comes_beside_the_orders(
    simulator: AltcraftSimulator, more: dict[str, Any], error: int
) -> None:
    assert error_of(post(simulator, "orders/import", {"data": [new_order()], **more})) == error


def test_custom_fields_of_an_import_have_all_their_keys(simulator: AltcraftSimulator) -> None:
    field = {
        "external_id": "f",
        "name": "F",
        "entity_type": "order",
        "required": False,
        "value_type": "unicode",
        "default_value": "",
    }
    assert error_of(post(simulator, "orders/import", {"data": [new_order()], "custom_fields": [field]})) == 0
    for key in field:
        lacking = {name: value for name, value in field.items() if name != key}
        assert error_of(post(simulator, "orders/import", {"data": [new_order()], "custom_fields": [lacking]})) == 400
    enum = {**field, "value_type": "enum"}
    assert error_of(post(simulator, "orders/import", {"data": [new_order()], "custom_fields": [enum]})) == 400
    full = {**enum, "enum_values": {"a": "A"}}
    assert error_of(post(simulator, "orders/import", {"data": [new_order()], "custom_fields": [full]})) == 0


@pytest.mark.parametrize(
    ("setting", "error", "region"),
    [("replace", 0, None), ("merge", 0, "region_coast"), ("refuse", 400, "region_coast")],
)
def test_an_import_of_an_order_that_is_there_does_what_the_switch_says(
    simulator: AltcraftSimulator, setting: str, error: int, region: str | None
) -> None:
    simulator.set(import_existing=setting)
    simulator.replace(ONE, {**simulator.order(ONE), "region": "region_coast"})
    number = simulator.order(ONE)["_id"]
    assert error_of(post(simulator, "orders/import", {"data": [new_order(external_id=ONE)]})) == error
    assert simulator.order(ONE).get("region") == region
    assert simulator.order(ONE)["_id"] == number


# Faults


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("name", list(AltcraftSimulator.twists))
def test_altcrafts_own_faults_change_the_answer_and_apply_the_update_only_when_told_so(
    simulator: AltcraftSimulator, name: str, moment: str
) -> None:
    simulator.edit(ONE, **{"lines.0.status": "new"})
    simulator.fail(f"{name}:{moment}", intent="write")
    twisted = post(simulator, UPDATE, IDS).text
    assert simulator.order(ONE)["lines"][0]["status"] == ("delivered" if moment == "after" else "new")
    honest = post(simulator, UPDATE, IDS)
    assert honest.json() == {"data": IDS, "error": 0, "error_text": "Successful operation"}
    assert twisted != honest.text


def test_a_change_shows_in_the_journal_with_what_was_before(simulator: AltcraftSimulator) -> None:
    simulator.edit(ONE, **{"lines.0.status": "new"})
    post(simulator, UPDATE, IDS)
    entry = simulator.journal.entries[-1]
    assert (entry.order, entry.intent, entry.changed) == (ONE, "write", True)
    assert entry.changes["lines.0.status"] == ["new", "delivered"]
    assert entry.changes["_messages"] == [0, 1]


def test_nothing_else_happens_by_itself(simulator: AltcraftSimulator) -> None:
    with pytest.raises(ValueError, match="Nothing called"):
        simulator.act("explode")
