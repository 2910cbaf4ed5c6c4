"""Liner at the wire: the calls that are made, what is in them, and what each answer means."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
import responses
from django.core.exceptions import ValidationError
from requests.exceptions import ConnectionError as Broken
from responses import matchers

from tests.vendors.liner import world
from vendors.contract import Batch, Raw
from vendors.errors import AccountRefused, OrderGone, Rejected, Unreachable, VendorError
from vendors.fields import Field
from vendors.liner.sandbox import LinerSimulator
from vendors.liner.vendor import Liner
from vendors.sandbox.server import Server

BASE = "https://liner.example"
KEY = "canary-integration-token"
ORDERS = f"{BASE}/v2/order/"
YES = {"success": True, "message": "", "data": []}

# Liner: the example of the order list page.
ORDER: Mapping[str, Any] = {
    "id": 123,
    "code": "order-001",
    "serviceTitle": "Internal name",
    "title": "Order title",
    "callSchedule": [["09:00", "18:00"]],
    "callHolidayOverrides": ["2024-01-01"],
    "autoDialingEnabled": True,
    "predictiveModeEnabled": False,
    "aiModeEnabled": False,
    "standaloneAiModeEnabled": False,
    "aiModePrompt": "",
    "aiModeFirstPhrase": "",
    "aiDefaultLanguage": "ru",
    "amdDetectionEnabled": False,
    "callRecordRule": "client_is_connected",
    "callCenterPhone": "+79001234567",
    "additionalCallCenterPhones": [],
    "sipEndpointUsageScheme": "random_default",
    "agentUserIds": [123, 456],
    "agentGroupIds": [789],
    "showLeadContactsToAgent": True,
    "callAttemptsGroupId": 1,
    "qualifiedLeadsPerDayLimit": 100,
    "callScenarioId": 10,
    "leadTransformEnabled": False,
    "leadsPriority": 0,
    "status": "success",
    "speechRecognitionEnabled": False,
    "ignoreLeadTimezone": False,
    "sipEndpointIds": [123],
    "customValues": {"10": "example value"},
    "createdAt": "2024-01-01T00:00:00Z",
    "updatedAt": "2024-01-01T00:00:00Z",
}
NOT_WRITABLE = {"id", "createdAt", "updatedAt"}


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def liner() -> Liner:
    """Connected, with no pick lists yet."""
    vendor = Liner(options={"custom_values": "changed"})
    vendor.http = vendor.connect(base_url=BASE, credentials={"api_key": KEY})
    return vendor


@pytest.fixture
def simulator() -> Iterator[LinerSimulator]:
    """Liner over real HTTP, with 130 orders."""
    there = LinerSimulator(size=130)
    with Server([there]) as server:
        yield there
    assert not server.errors, server.errors[0]


def connected(simulator: LinerSimulator, **options: str) -> Liner:
    vendor = Liner(options={"custom_values": "changed", **options})
    vendor.http = vendor.connect(base_url=simulator.url, credentials=simulator.credentials)
    vendor.lists = vendor.pick_lists()
    return vendor


def envelope(data: Any) -> dict[str, Any]:
    return {"success": True, "message": "", "data": data}


def page(orders: Sequence[Any], total: int | None = None, next: Any = None) -> dict[str, Any]:  # noqa: A002 - Liner's word
    return envelope({"list": list(orders), "next": next, "total": len(orders) if total is None else total})


def order(number: int, **changes: Any) -> dict[str, Any]:
    return {**ORDER, "id": number, **changes}


def answer_with(wire: responses.RequestsMock, *pages: dict[str, Any]) -> None:
    """These pages in this order, whatever is asked; the last one for ever."""
    for each in pages:
        wire.get(ORDERS, json=each)


def asked(wire: responses.RequestsMock) -> list[tuple[str, dict[str, str]]]:
    return [(call.request.path_url.partition("?")[0], call.request.params) for call in wire.calls]  # type: ignore[attr-defined]


def ids(batches: Iterator[Batch]) -> list[int]:
    return [found.raw["id"] for batch in batches for found in batch.found]


def cleaned(vendor: Liner, raw: Raw, **typed: Any) -> dict[str, Any]:
    """Typed values as a form reads them; `customValues_10` stands for customValues.10."""
    fields = vendor.fields(raw)
    named = {name.replace("_", "."): value for name, value in typed.items()}
    return {name: fields[name].form.clean(value) for name, value in named.items()}


def body(vendor: Liner, raw: Raw, **typed: Any) -> Mapping[str, Any]:
    return vendor.request(raw, cleaned(vendor, raw, **typed)).body


# The page


def test_all_33_fields_of_an_order_are_on_the_page(liner: Liner) -> None:
    sources = {entry.source.partition(".")[0] for entry in liner.shown(ORDER)}
    assert len(ORDER) == 33
    assert sources == set(ORDER)


def test_the_30_writable_fields_can_be_edited_and_no_other(liner: Liner) -> None:
    assert {name.partition(".")[0] for name in liner.fields(ORDER)} == set(ORDER) - NOT_WRITABLE


def test_the_sections_come_in_the_order_an_agent_reads_them(liner: Liner) -> None:
    assert list(dict.fromkeys(entry.section for entry in liner.shown(ORDER))) == [
        "Order",
        "Calling",
        "AI",
        "Schedule",
        "Phones and numbers",
        "Agents",
        "Leads",
        "Custom fields",
        "Record",
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("status", ["success", "secondary", "info"]),
        ("aiDefaultLanguage", ["ru", "gb"]),
        ("callRecordRule", ["client_is_connected", "agent_is_connected"]),
        (
            "sipEndpointUsageScheme",
            ["random_default", "random_without_repetition", "even_loaded", "even_loaded_daily"],
        ),
    ],
)
def test_the_documented_words_can_be_chosen_and_stand_beside_their_meaning(
    liner: Liner, name: str, words: list[str]
) -> None:
    choices = dict(liner.fields(ORDER)[name].form.choices)  # type: ignore[attr-defined]
    assert list(choices) == words
    assert all(label.startswith(word) for word, label in choices.items())


def test_the_summary_is_of_the_order_that_was_sent(liner: Liner) -> None:
    summary = liner.summary(ORDER)
    assert (summary.vendor_id, summary.number, summary.title) == ("123", "123", "Order title")
    assert summary.created_at is not None
    assert summary.created_at.isoformat() == "2024-01-01T00:00:00+00:00"
    assert {"123", "order-001", "Order title", "Internal name", "+79001234567"} <= set(summary.search)
    assert liner.summary({**ORDER, "title": None}).title == "Internal name"


# What is sent


def test_an_edit_is_one_post_with_the_changed_keys(liner: Liner, wire: responses.RequestsMock) -> None:
    call = wire.post(
        f"{BASE}/v2/order/update/123/",
        json=YES,
        match=[
            matchers.header_matcher({"X-Api-Key": KEY, "Content-Type": "application/json"}),
            matchers.json_params_matcher({"title": "Окна", "leadsPriority": 7}),
        ],
    )
    reply = liner.send(liner.request(ORDER, cleaned(liner, ORDER, title="Окна", leadsPriority="7")))
    assert call.call_count == 1
    assert reply.answer.status == 200
    assert reply.found is None
    assert reply.echoed == frozenset()


def test_each_writable_field_travels_alone_and_in_its_own_type(liner: Liner) -> None:
    typed: dict[str, tuple[Any, Any]] = {
        "code": ("order-002", "order-002"),
        "serviceTitle": ("Другое", "Другое"),
        "title": ("Другое", "Другое"),
        "status": ("info", "info"),
        "leadsPriority": ("-1", -1),
        "callSchedule": ("09:00-18:00\r\n10:00-12:00", [["09:00", "18:00"], ["10:00", "12:00"]]),
        "callHolidayOverrides": ("2024-01-01\r\n2026-05-09", ["2024-01-01", "2026-05-09"]),
        "autoDialingEnabled": ("false", False),
        "predictiveModeEnabled": ("true", True),
        "aiModeEnabled": ("true", True),
        "standaloneAiModeEnabled": ("true", True),
        "aiModePrompt": ("Раз\r\nдва ", "Раз\nдва "),
        "aiModeFirstPhrase": ("Алло", "Алло"),
        "aiDefaultLanguage": ("gb", "gb"),
        "amdDetectionEnabled": ("true", True),
        "callRecordRule": ("agent_is_connected", "agent_is_connected"),
        "callCenterPhone": ("+7 900 765-43-21", "+79007654321"),
        "additionalCallCenterPhones": ("+7 900 765-43-21", ["+79007654321"]),
        "sipEndpointUsageScheme": ("even_loaded", "even_loaded"),
        "agentUserIds": (["", "456"], [456]),
        "agentGroupIds": ([""], []),
        "showLeadContactsToAgent": ("false", False),
        "callAttemptsGroupId": ("", None),
        "qualifiedLeadsPerDayLimit": ("0", 0),
        "callScenarioId": ("11", 11),
        "leadTransformEnabled": ("true", True),
        "speechRecognitionEnabled": ("true", True),
        "ignoreLeadTimezone": ("true", True),
        "sipEndpointIds": ([""], []),
    }
    assert {*typed, "customValues"} == set(ORDER) - NOT_WRITABLE
    for name, (value, on_the_wire) in typed.items():
        sent = body(liner, ORDER, **{name: value})
        assert json.loads(json.dumps(sent)) == {name: on_the_wire}
        assert type(sent[name]) is type(on_the_wire)


@pytest.mark.parametrize(
    ("name", "nothing", "on_the_wire"),
    [
        ("serviceTitle", "", ""),
        ("aiModePrompt", "", ""),
        ("callCenterPhone", "", ""),
        ("leadsPriority", "", None),
        ("qualifiedLeadsPerDayLimit", "", None),
        ("callScenarioId", "", None),
        ("callAttemptsGroupId", "", None),
        ("callSchedule", "", []),
        ("callHolidayOverrides", "", []),
        ("agentUserIds", [""], []),
        ("customValues_10", "", ""),
    ],
)
def test_what_the_agent_clears_is_cleared(liner: Liner, name: str, nothing: Any, on_the_wire: Any) -> None:
    raw = {**ORDER, "aiModePrompt": "Раз", "leadsPriority": 3}
    sent = body(liner, raw, **{name: nothing})
    assert sent == ({"customValues": {"10": ""}} if name.startswith("custom") else {name: on_the_wire})


@pytest.mark.parametrize("name", ["code", "title", "status", "aiDefaultLanguage", "autoDialingEnabled"])
def test_what_liner_does_not_say_can_be_cleared_is_not(liner: Liner, name: str) -> None:
    field = liner.fields(ORDER)[name]
    with pytest.raises(ValidationError, match="Liner does not say what clearing this does"):
        field.form.clean("")
    with pytest.raises(ValueError, match="cannot be cleared"):
        liner.request(ORDER, {name: None})


@pytest.mark.parametrize("empty", [None, "", 0])
def test_a_cleared_number_has_landed_however_liner_shows_it(liner: Liner, empty: Any) -> None:
    after = {**ORDER, "callScenarioId": empty}
    assert liner.fields(after)["callScenarioId"].arrived(ORDER, after, None) is True
    assert liner.fields(ORDER)["callScenarioId"].arrived(ORDER, ORDER, None) is False


# What Liner answers


@pytest.mark.parametrize("status", [200, 400, 409, 422])
def test_success_false_is_a_refusal_on_any_status(liner: Liner, wire: responses.RequestsMock, status: int) -> None:
    wire.post(f"{BASE}/v2/order/update/123/", json={"success": False, "message": "title: <b>нет</b>"}, status=status)
    with pytest.raises(Rejected) as refused:
        liner.send(liner.request(ORDER, {"title": "Окна"}))
    assert [issue.message for issue in refused.value.issues] == ["title: <b>нет</b>"]
    assert refused.value.answer is not None
    assert refused.value.answer.status == status
    assert len(wire.calls) == 1


@pytest.mark.parametrize("message", ["", None, {}, []])
def test_a_refusal_without_a_message_is_still_one(liner: Liner, wire: responses.RequestsMock, message: Any) -> None:
    wire.post(f"{BASE}/v2/order/update/123/", json={"success": False, "message": message})
    with pytest.raises(Rejected, match="no reason"):
        liner.send(liner.request(ORDER, {"title": "Окна"}))


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {"success": "true", "message": "", "data": []}},
        {"json": {"success": 1}},
        {"json": {"message": "", "data": []}},
        {"json": []},
        {"json": "ok"},
        {"body": ""},
        {"body": "<html>Please sign in</html>"},
        {"body": '{"success": true'},
        {"json": YES, "status": 500},
        {"json": YES, "status": 302, "headers": {"Location": "/elsewhere/"}},
        {"json": {"success": False, "message": "slow down"}, "status": 429},
        {"json": {"success": False, "message": "oops"}, "status": 503},
        {"body": "<html>Not found</html>", "status": 404},
        {"body": Broken("reset")},
    ],
    ids=str,
)
def test_only_a_documented_answer_counts(liner: Liner, wire: responses.RequestsMock, answer: dict[str, Any]) -> None:
    """Everything else leaves open whether the change was made."""
    wire.post(f"{BASE}/v2/order/update/123/", **answer)
    with pytest.raises(Unreachable) as lost:
        liner.send(liner.request(ORDER, {"title": "Окна"}))
    assert lost.value.sent
    assert len(wire.calls) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_the_accounts_fault(liner: Liner, wire: responses.RequestsMock, status: int) -> None:
    refusal = {"success": False, "message": f"Неверный ключ {KEY}", "data": []}
    wire.post(f"{BASE}/v2/order/update/123/", json=refusal, status=status)
    wire.get(f"{BASE}/v1/health/check/", json=refusal, status=status)
    with pytest.raises(AccountRefused) as refused:
        liner.send(liner.request(ORDER, {"title": "Окна"}))
    assert KEY not in str(refused.value)
    with pytest.raises(AccountRefused):
        liner.ping()


def test_an_order_that_liner_does_not_find_is_gone(liner: Liner, wire: responses.RequestsMock) -> None:
    wire.post(f"{BASE}/v2/order/update/123/", json={"success": False, "message": "Заказ не найден."}, status=404)
    with pytest.raises(OrderGone, match="Заказ не найден"):
        liner.send(liner.request(ORDER, {"title": "Окна"}))


def test_the_connection_is_tried_with_the_key_and_the_list(liner: Liner, wire: responses.RequestsMock) -> None:
    parts = {"linerMicroStt": {"success": False, "message": "No answer.", "data": {}}}
    wire.get(f"{BASE}/v1/health/check/", json=envelope(parts))
    answer_with(wire, page([ORDER]))
    liner.ping()
    assert asked(wire) == [("/v1/health/check/", {}), ("/v2/order/", {"offset": "0", "limit": "1"})]
    assert all(call.request.headers["X-Api-Key"] == KEY for call in wire.calls)


def test_a_list_that_is_not_there_says_nothing_about_an_order(liner: Liner, wire: responses.RequestsMock) -> None:
    """A wrong base URL may not make every order gone."""
    wire.get(ORDERS, json={"success": False, "message": "Страница не найдена."}, status=404)
    for look in (lambda: liner.order("123", "0"), lambda: ids(liner.batches()), liner.pick_lists):
        with pytest.raises(Unreachable) as failed:
            look()
        assert failed.value.answer is None or failed.value.answer.status == 404


@pytest.mark.parametrize(
    "data", [None, [], {}, {"list": None}, {"list": {}}, {"list": "x"}, {"list": [], "total": 12345}, "x", 7]
)
def test_a_list_of_another_shape_says_nothing_about_an_order(
    liner: Liner, wire: responses.RequestsMock, data: Any
) -> None:
    wire.get(ORDERS, json=envelope(data))
    with pytest.raises(Unreachable):
        liner.order("123")


# Reading the list


def test_orders_are_read_a_hundred_at_a_time(liner: Liner, wire: responses.RequestsMock) -> None:
    first, second = [order(n) for n in range(1, 101)], [order(n) for n in range(101, 131)]
    answer_with(wire, page(first, 130, 100), page(second, 130, 130))
    batches = list(liner.batches())
    assert ids(iter(batches)) == list(range(1, 131))
    assert [batch.total for batch in batches] == [130, 130]
    assert {found.at for found in batches[1].found} == {"100/130"}
    assert asked(wire) == [
        ("/v2/order/", {"offset": "0", "limit": "100"}),
        ("/v2/order/", {"offset": "100", "limit": "100"}),
    ]


def test_an_entry_that_is_no_order_is_reported_and_passed_over(liner: Liner, wire: responses.RequestsMock) -> None:
    odd: list[Any] = [None, "x", [], {}, {"id": None}, {"id": "abc"}, {"id": True}, {"id": -1}, {"id": "7" * 5000}]
    answer_with(wire, page([order(1), *odd, order(2)]))
    batches = list(liner.batches())
    assert ids(iter(batches)) == [1, 2]
    assert len(batches[0].problems) == len(odd)
    assert all("no order" in problem for problem in batches[0].problems)


def test_orders_that_liner_counts_and_does_not_show_are_reported(liner: Liner, wire: responses.RequestsMock) -> None:
    answer_with(wire, page([order(1), order(2)], total=5))
    batches = list(liner.batches())
    assert ids(iter(batches)) == [1, 2]
    assert batches[-1].problems == ["Liner counts 5 orders, but showed 2."]
    assert len(wire.calls) == 1, "nothing shifted, so another pass would show the same"


def test_an_order_is_looked_for_where_it_last_was(liner: Liner, wire: responses.RequestsMock) -> None:
    answer_with(wire, page([order(7), order(8)], 12345, 1300))
    found = liner.order("8", "1200")
    assert found.raw["id"] == 8
    assert found.at == "1200/12345"
    assert asked(wire) == [("/v2/order/", {"offset": "1200", "limit": "100"})]


def test_an_order_that_moved_is_looked_for_everywhere(liner: Liner, wire: responses.RequestsMock) -> None:
    answer_with(wire, page([order(2)], 3, 3), page([order(1), order(2)], 3, 2), page([order(7)], 3, 3))
    found = liner.order("7", "900")
    assert (found.raw["id"], found.at) == (7, "2/3")
    assert [query["offset"] for _, query in asked(wire)] == ["900", "0", "2"]


def test_an_order_that_new_ones_have_pushed_is_found_on_the_second_page(
    liner: Liner, wire: responses.RequestsMock
) -> None:
    answer_with(wire, page([order(1)], 5350, 1300), page([order(7)], 5350, 1650))
    assert liner.order("7", "1200/5000").at == "1550/5350"
    assert [query["offset"] for _, query in asked(wire)] == ["1200", "1550"]


def test_the_pages_beside_are_looked_at_before_all_are(liner: Liner, wire: responses.RequestsMock) -> None:
    others = [page([order(number)], 5350, 9999) for number in range(1, 6)]
    answer_with(wire, *others, page([order(7)], 5350, 1300))
    assert liner.order("7", "1200/5000").at == "1100/5350"
    assert [query["offset"] for _, query in asked(wire)] == ["1200", "1550", "1650", "1450", "1300", "1100"]


@pytest.mark.parametrize(
    ("known", "at", "leads"),
    [
        ("1200/5000", "1200/5000", True),
        ("1200/5000", "1200/9000", True),  # the oldest come first
        ("1200/5000", "5200/9000", True),  # the newest come first
        ("1200/5000", "1100/5000", True),
        ("1200/5000", "1300/5000", True),
        ("1200/5000", "1400/5000", False),
        ("1200/5000", "3000/9000", False),
        ("100/5000", "0/4000", True),
        ("1200", "1200/5000", True),
        ("1200", "1400", False),
        ("", "0/5000", False),
        ("nonsense", "0/5000", False),
    ],
)
def test_a_place_that_a_look_would_find_is_not_kept_anew(liner: Liner, known: str, at: str, leads: bool) -> None:
    assert liner.leads_there(known, at) == leads


def test_a_place_that_makes_no_sense_is_passed_over(liner: Liner, wire: responses.RequestsMock) -> None:
    answer_with(wire, page([order(7)]))
    for nonsense in ("", "-1", "x", "٣", "9" * 30):
        assert liner.order("7", nonsense).at == "0/1"
    assert {query["offset"] for _, query in asked(wire)} == {"0"}


def test_an_order_that_a_quiet_list_does_not_show_is_gone(liner: Liner, wire: responses.RequestsMock) -> None:
    answer_with(wire, page([order(1)]), page([order(1)]), page([order(1)]))
    with pytest.raises(OrderGone):
        liner.order("7", "0")
    assert len(wire.calls) == 3, "the page where it was, and two passes"


def test_an_order_that_one_pass_lacks_may_be_on_the_next(liner: Liner, wire: responses.RequestsMock) -> None:
    """It may have moved from a page that was not read yet to one that was, and nothing else tells."""
    answer_with(wire, page([order(1), order(2)], 2, 2), page([order(1), order(7)], 2, 2))
    assert liner.order("7").raw["id"] == 7


def test_two_passes_that_show_different_orders_do_not_make_an_order_gone(
    liner: Liner, wire: responses.RequestsMock
) -> None:
    answer_with(wire, *(page([order(1), order(other)], 2, 2) for other in (2, 3, 4)))
    with pytest.raises(Unreachable, match="changed while it was searched"):
        liner.order("7")


def test_an_order_is_only_gone_when_two_passes_over_a_short_list_agree(
    liner: Liner, wire: responses.RequestsMock
) -> None:
    answer_with(wire, page([order(1)], total=2), page([order(1)], total=2))
    with pytest.raises(OrderGone):
        liner.order("7")
    assert len(wire.calls) == 2


# The traps of Liner's page, by their numbers there


def test_trap_1_updates_are_posts_although_one_page_says_put(liner: Liner) -> None:
    request = liner.request(ORDER, {"title": "Окна"})
    assert (request.method, request.path) == ("POST", "/v2/order/update/123/")


def test_trap_2_versions_are_mixed(liner: Liner, wire: responses.RequestsMock) -> None:
    wire.get(f"{BASE}/v1/health/check/", json=envelope({}))
    answer_with(wire, page([]))
    liner.ping()
    assert [path for path, _ in asked(wire)] == ["/v1/health/check/", "/v2/order/"]


@pytest.mark.parametrize("setting", ["singular", "plural", "both"])
def test_trap_3_unpaged_lists_are_found_under_either_path_and_the_path_is_remembered(
    simulator: LinerSimulator, setting: str
) -> None:
    simulator.set(unpaged_path=setting)
    vendor = connected(simulator)
    assert len(vendor.lists["numbers"]) == 20
    assert len(vendor.lists["custom_fields"]) == 9
    since = simulator.journal.entries[-1].id
    vendor.pick_lists()
    again = [entry for entry in simulator.journal.entries if entry.id > since]
    assert all(entry.status == 200 for entry in again), "no path is tried in vain twice"


def test_trap_4_both_envelopes_of_lists_are_read(simulator: LinerSimulator) -> None:
    lists = connected(simulator).lists
    there = simulator.lists()
    assert len(lists["users"]) == len(there["users"])
    assert len(lists["agent_groups"]) == len(there["agent_groups"])
    assert len(lists["call_attempt_groups"]) == len(there["call_attempt_groups"])
    assert len(lists["numbers"]) == len(there["numbers"])


@pytest.mark.parametrize("setting", ["404", "301"])
def test_trap_5_every_path_ends_in_a_slash(simulator: LinerSimulator, setting: str) -> None:
    simulator.set(missing_slash=setting)
    vendor = connected(simulator)
    vendor.ping()
    found = vendor.order("1001")
    vendor.send(vendor.request(found.raw, {"title": "Окна"}))
    assert all(entry.path.partition("?")[0].endswith("/") for entry in simulator.journal.entries)


def test_trap_6_an_untouched_field_is_not_sent(liner: Liner) -> None:
    """Null and empty text clear: what a form does not change may not be in the body."""
    assert body(liner, ORDER, title="Окна") == {"title": "Окна"}


def test_trap_7_no_null_is_nested_in_custom_values_unless_it_was_cleared(liner: Liner) -> None:
    raw = {**ORDER, "customValues": {"10": "a", "11": 5}}
    assert body(liner, raw, customValues_10="b") == {"customValues": {"10": "b"}}
    assert body(liner, raw, customValues_11="") == {"customValues": {"11": None}}


@pytest.mark.parametrize("typed", ["NaN", "abc", "1.5", "1e3", " "])
def test_trap_8_what_is_no_number_never_becomes_null(liner: Liner, typed: str) -> None:
    field = liner.fields({**ORDER, "leadsPriority": None})["leadsPriority"]
    if typed.strip():
        with pytest.raises(ValidationError):
            field.form.clean(typed)
    else:
        assert field.same(field.form.clean(typed), None), "nothing typed where nothing was is no change"


def test_trap_9_zero_false_and_nothing_chosen_are_values(liner: Liner) -> None:
    sent = body(
        liner, ORDER, qualifiedLeadsPerDayLimit="0", autoDialingEnabled="false", agentUserIds=[""], callSchedule=""
    )
    assert sent == {
        "qualifiedLeadsPerDayLimit": 0,
        "autoDialingEnabled": False,
        "agentUserIds": [],
        "callSchedule": [],
    }


def test_trap_10_custom_values_go_as_changed_keys_or_as_the_whole_map() -> None:
    raw = {**ORDER, "customValues": {"10": "a", "11": 5, "30": "of a lead", "x": {"odd": 1}}}
    changed, whole = (Liner(options={"custom_values": each}) for each in ("changed", "whole"))
    assert body(changed, raw, customValues_10="b") == {"customValues": {"10": "b"}}
    assert body(whole, raw, customValues_10="b") == {
        "customValues": {"10": "b", "11": 5, "30": "of a lead", "x": {"odd": 1}}
    }
    assert body(whole, raw, title="Окна") == {"title": "Окна"}


@pytest.mark.parametrize("vendor_does", ["merge", "replace"])
def test_trap_10_the_whole_map_is_safe_whatever_liner_does(simulator: LinerSimulator, vendor_does: str) -> None:
    simulator.set(custom_values=vendor_does)
    vendor = connected(simulator, custom_values="whole")
    before = vendor.order("1006")
    vendor.send(vendor.request(before.raw, cleaned(vendor, before.raw, customValues_18="Новое")))
    after = vendor.order("1006").raw
    assert after["customValues"] == {**before.raw["customValues"], "18": "Новое"}


@pytest.mark.parametrize("empty", [{}, [], None, ""])
def test_trap_11_no_custom_values_may_arrive_as_a_list(empty: Any) -> None:
    vendor, _ = world()
    raw = {**ORDER, "customValues": empty}
    assert body(vendor, raw, customValues_10="b") == {"customValues": {"10": "b"}}
    vendor.options = {"custom_values": "whole"}
    assert body(vendor, raw, customValues_10="b") == {"customValues": {"10": "b"}}


def test_custom_values_of_another_form_are_shown_and_cannot_be_overwritten() -> None:
    vendor, _ = world()
    raw = {**ORDER, "customValues": ["a", "b"]}
    assert not [name for name in vendor.fields(raw) if name.startswith("customValues")]
    assert "a\nb" in [entry.text(entry.current(raw)) for entry in vendor.shown(raw)]


def test_trap_12_a_yes_shows_nothing_of_the_order(simulator: LinerSimulator) -> None:
    vendor = connected(simulator)
    raw = vendor.order("1001").raw
    simulator.fail("lie")
    reply = vendor.send(vendor.request(raw, {"title": "Окна"}))
    assert reply.found is None
    assert vendor.order("1001").raw["title"] == raw["title"], "which is why the order is read again after every edit"


def test_trap_13_where_an_order_was_is_only_a_hint(simulator: LinerSimulator) -> None:
    vendor = connected(simulator)
    assert vendor.order("1002", "100").raw["id"] == 1002
    assert vendor.order("1120", "0").raw["id"] == 1120


@pytest.mark.parametrize("last", ["total", "null", "absent", "offset_plus_limit"])
def test_trap_14_the_list_ends_wherever_the_last_page_points_to(simulator: LinerSimulator, last: str) -> None:
    simulator.set(next_on_last_page=last)
    vendor = connected(simulator)
    simulator.journal.entries.clear()
    active = {int(id_) for id_, each in simulator.orders.items() if not each["_archived"]}
    assert set(ids(vendor.batches())) == active
    assert len(simulator.journal.entries) == 2


@pytest.mark.parametrize("pointer", [0, 100, -1, None, "100", True, 50.5, {}])
def test_trap_14_a_pointer_that_does_not_grow_ends_the_list(
    liner: Liner, wire: responses.RequestsMock, pointer: Any
) -> None:
    first, second = [order(n) for n in range(1, 101)], [order(n) for n in range(101, 201)]
    answer_with(wire, page(first, 12345, 100), page(second, 12345, pointer))
    assert ids(liner.batches()) == list(range(1, 201))
    assert len(wire.calls) == 2


def test_trap_15_a_list_that_shifts_while_it_is_read_is_read_again(liner: Liner, wire: responses.RequestsMock) -> None:
    """Order 2 moved to the first page behind our back: the count changed, and a pass missed it."""
    answer_with(
        wire,
        page([order(1), order(3)], 4, 2),
        page([order(3), order(5)], 5, 4),
        page([order(1), order(2), order(3), order(4), order(5)], 5, 5),
    )
    assert ids(liner.batches()) == [1, 3, 5, 2, 4]


def test_trap_15_orders_are_counted_once(liner: Liner, wire: responses.RequestsMock) -> None:
    answer_with(wire, page([order(1), order(2)], 3, 2), page([order(2), order(3)], 3, 3))
    assert ids(liner.batches()) == [1, 2, 3]
    assert len(wire.calls) == 2, "all three were seen: nothing was missed"


def test_ids_that_begin_with_zeros_are_ids_of_their_own(liner: Liner, wire: responses.RequestsMock) -> None:
    answer_with(wire, page([order(7), {**order(7), "id": "007"}, {**order(7), "id": "07"}], 3, 3))
    assert [found.raw["id"] for batch in liner.batches() for found in batch.found] == [7, "007", "07"]


def test_trap_15_a_list_that_never_rests_ends_and_says_what_is_missing(
    liner: Liner, wire: responses.RequestsMock
) -> None:
    answer_with(wire, page([order(1), order(1)], 3, 3))
    batches = list(liner.batches())
    assert ids(iter(batches)) == [1]
    assert batches[-1].problems == ["Liner counts 3 orders, but showed 1."]
    assert len(wire.calls) == 3 * 2, "three passes, each to the empty-handed end"


def test_trap_15_an_order_is_not_gone_because_a_list_shifted(liner: Liner, wire: responses.RequestsMock) -> None:
    answer_with(wire, page([order(1), order(1)], 3, 3))
    with pytest.raises(Unreachable, match="changed while it was searched"):
        liner.order("7")


@pytest.mark.parametrize("setting", ["id", "updated_desc", "shuffled"])
def test_trap_15_every_order_is_found_in_any_order_of_the_list(simulator: LinerSimulator, setting: str) -> None:
    simulator.set(list_order=setting)
    vendor = connected(simulator)
    active = {int(id_) for id_, each in simulator.orders.items() if not each["_archived"]}
    read = ids(vendor.batches())
    assert len(read) == len(set(read))
    assert set(read) == active


@pytest.mark.parametrize("setting", ["clamp", "reject"])
def test_trap_16_no_more_than_a_hundred_are_asked_for(simulator: LinerSimulator, setting: str) -> None:
    simulator.set(limit_above_100=setting)
    assert ids(connected(simulator).batches())


def test_trap_16_a_shorter_page_than_asked_for_skips_nothing(liner: Liner, wire: responses.RequestsMock) -> None:
    """The next page begins where the rows ended, not where the limit would have."""
    answer_with(wire, page([order(1), order(2)], 3, 100), page([order(3)], 3, 3))
    assert ids(liner.batches()) == [1, 2, 3]
    assert asked(wire)[1][1]["offset"] == "2"


def test_trap_18_the_status_is_shown_as_it_is(liner: Liner) -> None:
    assert liner.summary(ORDER).status == "success"
    status = liner.fields(ORDER)["status"]
    assert status.text(status.current(ORDER)) == "success"
    assert liner.summary({**ORDER, "status": "primary"}).status == "primary"


def test_trap_19_english_is_gb(liner: Liner) -> None:
    assert body(liner, ORDER, aiDefaultLanguage="gb") == {"aiDefaultLanguage": "gb"}
    with pytest.raises(ValidationError):
        liner.fields(ORDER)["aiDefaultLanguage"].form.clean("en")


@pytest.mark.parametrize("schedule", [[["9:00", "18:00"]], [["22:00", "06:00"]], [[], ["09:00", "18:00"]], {"1": []}])
def test_trap_20_a_schedule_of_any_shape_is_kept(liner: Liner, schedule: Any) -> None:
    raw = {**ORDER, "callSchedule": schedule}
    field = liner.fields(raw)["callSchedule"]
    current = field.current(raw)
    assert current == schedule
    assert field.same(field.form.clean(field.form.prepare_value(current)), current)


def test_trap_20_the_items_of_a_schedule_keep_their_number_and_order(liner: Liner) -> None:
    week = [["10:00", "20:00"]] * 5 + [["11:00", "17:00"]] * 2
    raw = {**ORDER, "callSchedule": week}
    lines = liner.fields(raw)["callSchedule"].form.prepare_value(week).split("\n")
    lines[6] = "12:00-16:00"
    assert body(liner, raw, callSchedule="\r\n".join(lines)) == {"callSchedule": [*week[:6], ["12:00", "16:00"]]}


def test_trap_21_holidays_are_plain_dates(liner: Liner) -> None:
    with pytest.raises(ValidationError):
        liner.fields(ORDER)["callHolidayOverrides"].form.clean("2026-02-30")


def test_trap_23_and_24_custom_fields_are_those_of_orders_and_follow_their_type(simulator: LinerSimulator) -> None:
    vendor = connected(simulator)
    raw = vendor.order("1006").raw
    shown = {field.label: field for field in vendor.fields(raw).values() if field.section == "Custom fields"}
    assert "Источник" in shown
    assert "UTM-метка" not in shown, "a field of leads"
    assert not hasattr(shown["Источник"].form, "choices"), "a string, although it has options"
    assert hasattr(shown["Канал"].form, "choices")
    assert [entry.path for entry in simulator.journal.entries if "custom-field" in entry.path] == [
        "/v2/custom-field/?essence=orders"
    ]


def test_trap_25_a_number_that_is_reserved_says_for_whom(simulator: LinerSimulator) -> None:
    labels = {each["value"]: each["label"] for each in connected(simulator).lists["numbers"]}
    assert labels[301].endswith("reserved for order 1008")


def test_trap_26_ids_that_no_list_knows_are_shown_kept_and_sent_again(simulator: LinerSimulator) -> None:
    vendor = connected(simulator)
    raw = vendor.order("1005").raw
    fields = vendor.fields(raw)
    assert "9001 (not in the list)" in fields["agentUserIds"].text(raw["agentUserIds"])
    assert body(vendor, raw, agentUserIds=["", "9001", "102", "103"]) == {"agentUserIds": [9001, 102, 103]}
    assert fields["callAttemptsGroupId"].form.clean("9001") == 9001


def test_trap_27_a_group_has_a_name_in_one_language_or_the_other(simulator: LinerSimulator) -> None:
    labels = {each["value"]: each["label"] for each in connected(simulator).lists["agent_groups"]}
    assert labels[3] == "Group 3"
    assert labels[4].startswith("Группа 4")


def test_trap_29_a_message_is_kept_word_for_word_and_without_control_characters(
    liner: Liner, wire: responses.RequestsMock
) -> None:
    wire.post(f"{BASE}/v2/order/update/123/", json={"success": False, "message": "<script>\0\u202eнет"})
    with pytest.raises(Rejected) as refused:
        liner.send(liner.request(ORDER, {"title": "Окна"}))
    assert refused.value.issues[0].message == "<script>\N{SYMBOL FOR NULL}\N{REPLACEMENT CHARACTER}нет"


def test_trap_31_an_update_whose_answer_is_lost_is_sent_once(simulator: LinerSimulator) -> None:
    vendor = connected(simulator)
    raw = vendor.order("1001").raw
    simulator.fail("drop:after", times=1, intent="write")
    with pytest.raises(Unreachable) as lost:
        vendor.send(vendor.request(raw, {"title": "Окна"}))
    assert lost.value.sent
    assert vendor.order("1001").raw["title"] == "Окна"
    assert simulator.journal.counters["1001"] == {"write": 1, "changed": 1}


@pytest.mark.parametrize(
    "name",
    [
        "autoDialingEnabled",
        "predictiveModeEnabled",
        "aiModeEnabled",
        "standaloneAiModeEnabled",
        "callSchedule",
        "callHolidayOverrides",
        "callCenterPhone",
        "additionalCallCenterPhones",
        "sipEndpointIds",
        "agentUserIds",
        "agentGroupIds",
        "callAttemptsGroupId",
    ],
)
def test_trap_32_a_change_that_starts_or_stops_calls_wants_consent(liner: Liner, name: str) -> None:
    assert any("real calls" in warning for warning in liner.warnings_for(ORDER, {name: None}))


def test_changes_that_move_no_calls_want_none(liner: Liner) -> None:
    assert liner.warnings_for(ORDER, {"title": "Окна", "customValues.10": "b"}) == []


def test_a_change_of_the_code_warns_of_lead_feeds(liner: Liner) -> None:
    assert any("code" in warning for warning in liner.warnings_for(ORDER, {"code": "order-002"}))


# Custom fields on the wire


FIELDS: Sequence[Mapping[str, Any]] = [
    {"value": number, "label": kind, "type": kind, "options": options, "example": None}
    for number, kind in enumerate(["string", "int", "float", "date", "datetime", "bool", "select", "multiselect"], 1)
    for options in [[{"code": "a", "title": "Альфа"}, {"code": "b", "title": "Бета"}, {"code": 3, "title": "Гамма"}]]
]


@pytest.mark.parametrize(
    ("number", "present", "typed", "on_the_wire"),
    [
        (1, None, "да", "да"),
        (2, None, "7", 7),
        (2, 5, "7", 7),
        (2, "5", "7", "7"),
        (3, None, "2.50", Decimal("2.50")),
        (3, Decimal("1.1"), "2.50", Decimal("2.50")),
        (3, "1.10", "2.50", "2.50"),
        (4, None, "2026-01-31", "2026-01-31"),
        (5, None, "2026-01-31T14:00:00Z", "2026-01-31T14:00:00Z"),
        (5, "2025-01-31 14:00", "2026-01-31 15:30", "2026-01-31 15:30"),
        (6, None, "false", False),
        (6, True, "false", False),
        (6, 1, "false", 0),
        (6, "1", "false", "0"),
        (6, "no", "true", "yes"),
        (7, None, "b", "b"),
        (7, None, "3", 3),
        (7, "a", "b", "b"),
        (7, "Альфа", "b", "Бета"),
        (7, "3", "a", "a"),
        (8, None, ["", "a", "3"], ["a", 3]),
        (8, ["a"], ["", "a", "b"], ["a", "b"]),
        (8, ["Альфа"], ["", "a", "b"], ["Альфа", "Бета"]),
        (8, "a", ["", "a", "b"], "a,b"),
        (8, "Альфа, Бета", ["", "b", "3"], "Бета, Гамма"),
        (8, ["a", "gone"], ["", "gone", "b"], ["gone", "b"]),
    ],
)
def test_a_custom_value_takes_the_form_of_the_one_that_is_there(
    number: int, present: Any, typed: Any, on_the_wire: Any
) -> None:
    vendor = Liner(options={"custom_values": "changed"}, lists={"custom_fields": FIELDS})
    raw = {**ORDER, "customValues": {} if present is None else {str(number): present}}
    sent = body(vendor, raw, **{f"customValues_{number}": typed})["customValues"][str(number)]
    assert sent == on_the_wire
    assert type(sent) is type(on_the_wire)


@pytest.mark.parametrize(
    ("number", "example", "typed", "on_the_wire"),
    [
        (2, "0", "7", "7"),
        (6, "1", "false", "0"),
        (7, "Альфа", "b", "Бета"),
        (8, "Альфа,Бета", ["", "b", "3"], "Бета,Гамма"),
        (5, "2026-01-31 14:00", "2026-01-31 15:30", "2026-01-31 15:30"),
    ],
)
def test_an_empty_custom_value_takes_the_form_that_other_orders_show(
    number: int, example: Any, typed: Any, on_the_wire: Any
) -> None:
    fields = [{**field, "example": example} if field["value"] == number else field for field in FIELDS]
    vendor = Liner(options={"custom_values": "changed"}, lists={"custom_fields": fields})
    sent = body(vendor, {**ORDER, "customValues": {}}, **{f"customValues_{number}": typed})
    assert sent == {"customValues": {str(number): on_the_wire}}


def test_a_pick_list_keeps_the_form_of_custom_values_and_nothing_else_of_an_order(
    liner: Liner, wire: responses.RequestsMock
) -> None:
    values = {"1": "Пётр Ромашкин", "2": "90210", "4": "1985-06-07", "5": "1999-12-31 23:59", "7": "Альфа", "6": "no"}
    answer_with(wire, page([order(1, customValues=[]), order(2, customValues=values)]))
    params = [{"code": "a", "title": "Альфа", "sort": 2}, {"code": "b", "title": "Бета", "sort": 1}]
    kinds = {1: "string", 2: "int", 4: "date", 5: "datetime", 6: "bool", 7: "select"}
    wire.get(
        f"{BASE}/v2/custom-field/",
        json=envelope(
            [
                {"id": number, "title": kind, "type": kind, "essence": "orders", "params": params, "sort": -number}
                for number, kind in kinds.items()
            ]
            + [{"id": 30, "title": "of leads", "type": "string", "essence": "leads", "params": [], "sort": 0}]
        ),
    )
    for path in ("user/list", "agent-group", "call-attempt"):
        wire.get(f"{BASE}/v2/{path}/", json=page([]))
    wire.get(f"{BASE}/v2/sip-endpoint/", json=envelope([]))
    fields = liner.pick_lists()["custom_fields"]
    assert [field["value"] for field in fields] == [7, 6, 5, 4, 2, 1], "in their own order, without that of leads"
    assert [option["title"] for option in fields[0]["options"]] == ["Бета", "Альфа"], "and so their options"
    assert {field["type"]: field["example"] for field in fields} == {
        "string": None,
        "int": "0",
        "date": None,
        "datetime": "2026-01-31 14:00",
        "bool": "yes",
        "select": "Альфа",
    }


def test_no_pick_list_holds_what_a_number_connects_with(simulator: LinerSimulator) -> None:
    lists = json.dumps(connected(simulator).lists)
    assert "invented-sip-password" not in lists
    assert "sip.example.com" not in lists
    assert "@" not in lists, "no addresses of users either"


def test_users_are_named_agents_first_and_those_who_left_last(simulator: LinerSimulator) -> None:
    labels = [each["label"] for each in connected(simulator).lists["users"]]
    assert labels[0].endswith("(call-center)")
    assert labels[-1].endswith(", not active")
    groups = [label.partition("(")[2].partition(")")[0] for label in labels if "not active" not in label]
    first_other = next(at for at, group in enumerate(groups) if not group.startswith("call-center"))
    assert not any(group.startswith("call-center") for group in groups[first_other:])


@pytest.mark.parametrize("select", ["code", "title"])
@pytest.mark.parametrize("several", ["array", "comma_string"])
@pytest.mark.parametrize("number", ["1006", "1002"], ids=["with values", "without values"])
def test_every_custom_field_can_be_written_whatever_form_liner_wants(
    simulator: LinerSimulator, select: str, several: str, number: str
) -> None:
    """Also on an order without values: the form is then learnt from another order."""
    simulator.set(select_value=select, multiselect_value=several)
    vendor = connected(simulator)
    raw = vendor.order(number).raw
    typed = {
        "customValues_10": "Новый",
        "customValues_11": "12",
        "customValues_12": "0.30",
        "customValues_13": "2026-01-31",
        "customValues_14": "2026-01-31T14:00:00Z",
        "customValues_15": "false",
        "customValues_16": "site",
        "customValues_17": ["", "call", "exhibition"],
        "customValues_18": "Другое",
    }
    changes = cleaned(vendor, raw, **typed)
    vendor.send(vendor.request(raw, changes))
    after = vendor.order(number).raw
    for name, field in vendor.fields(after).items():
        if name in changes:
            assert field.arrived(raw, after, changes[name]) is True, name


SWITCHES = [
    (name, setting)
    for name, switch in LinerSimulator.switches.items()
    for setting in switch.settings
    if name != "lag_ms"
]


@pytest.mark.parametrize(("switch", "setting"), SWITCHES)
def test_an_edit_lands_under_every_setting_of_what_liner_leaves_open(
    simulator: LinerSimulator, switch: str, setting: str
) -> None:
    """Change, clear, and change again: each arrives, and nothing else of the order moves."""
    simulator.set(**{switch: setting})
    vendor = connected(simulator, custom_values="whole")
    assert _edit(vendor, "1006", title="Окна", leadsPriority="42", agentUserIds=["", "103"], customValues_11="7")
    assert _edit(vendor, "1006", serviceTitle="", qualifiedLeadsPerDayLimit="", callSchedule="", customValues_11="")
    assert _edit(vendor, "1006", callSchedule="10:00-19:00", customValues_16="site", customValues_15="false")
    if setting != "reject" or switch != "foreign_number":
        assert _edit(vendor, "1006", sipEndpointIds=["", "302"])


def _edit(vendor: Liner, number: str, **typed: Any) -> bool:
    before = vendor.order(number)
    fields = vendor.fields(before.raw)
    changes = {
        name: value
        for name, value in cleaned(vendor, before.raw, **typed).items()
        if not fields[name].same(value, fields[name].current(before.raw))
    }
    vendor.send(vendor.request(before.raw, changes))
    after = vendor.order(number, before.at).raw
    fields_after: Mapping[str, Field] = vendor.fields(after)
    still = [
        name
        for name, field in fields_after.items()
        if name not in changes and not field.same(field.current(after), fields[name].current(before.raw))
    ]
    assert not still
    return all(
        fields_after[name].arrived(before.raw, after, value) if name in fields_after else value in (None, "")
        for name, value in changes.items()
    )


@pytest.mark.parametrize("setting", ["422", "400", "200"])
def test_a_refusal_of_the_simulator_is_read_on_every_status(simulator: LinerSimulator, setting: str) -> None:
    simulator.set(failed_validation=setting)
    vendor = connected(simulator)
    raw = vendor.order("1009").raw
    with pytest.raises(Rejected):
        vendor.send(vendor.request(raw, {"callScenarioId": 99}))
    assert vendor.order("1009").raw == raw


@pytest.mark.parametrize(
    "fault",
    [
        "500",
        "503",
        "429",
        "html",
        "html_502",
        "cut",
        "cut_plain",
        "list",
        "string",
        "null",
        "nan",
        "deep",
        "empty",
        "302",
    ],
)
def test_a_fault_while_looking_for_an_order_never_makes_it_gone(simulator: LinerSimulator, fault: str) -> None:
    vendor = connected(simulator)
    simulator.fail(fault, times=3, retry_after=30)
    with pytest.raises(VendorError) as failed:
        vendor.order("1001", "0")
    assert not isinstance(failed.value, OrderGone)
