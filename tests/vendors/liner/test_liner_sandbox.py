"""The Liner simulator keeps Liner's documented rules, and leaves open what Liner leaves open."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from vendors.liner.sandbox import LinerSimulator
from vendors.liner.sandbox.fields import ENUMS, READ_ONLY, TYPES
from vendors.sandbox.server import Server

FULL, EMPTY, LONG, CLEARED, UNLISTED, CUSTOM, ARCHIVED, OWNER, BORROWER = range(1001, 1010)
KEY = LinerSimulator.credentials["api_key"]
# Liner: order list page, in the order of its example.
DOCUMENTED = [
    "id",
    "code",
    "serviceTitle",
    "title",
    "callSchedule",
    "callHolidayOverrides",
    "autoDialingEnabled",
    "predictiveModeEnabled",
    "aiModeEnabled",
    "standaloneAiModeEnabled",
    "aiModePrompt",
    "aiModeFirstPhrase",
    "aiDefaultLanguage",
    "amdDetectionEnabled",
    "callRecordRule",
    "callCenterPhone",
    "additionalCallCenterPhones",
    "sipEndpointUsageScheme",
    "agentUserIds",
    "agentGroupIds",
    "showLeadContactsToAgent",
    "callAttemptsGroupId",
    "qualifiedLeadsPerDayLimit",
    "callScenarioId",
    "leadTransformEnabled",
    "leadsPriority",
    "status",
    "speechRecognitionEnabled",
    "ignoreLeadTimezone",
    "sipEndpointIds",
    "customValues",
    "createdAt",
    "updatedAt",
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server([LinerSimulator(size=130)]) as server:
        yield server


@pytest.fixture
def liner(server: Server) -> Iterator[LinerSimulator]:
    simulator = server["liner"]
    assert isinstance(simulator, LinerSimulator)
    simulator.reset()
    yield simulator
    assert not server.errors, server.errors.pop()


class Api:
    """Calls to Liner as a client would make them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["X-Api-Key"] = KEY

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        answer = self.session.request(method, self.url + path, timeout=5, allow_redirects=False, **more)
        envelope = answer.json()
        assert list(envelope) == ["success", "message", "data"]
        assert (envelope["message"] == "") is envelope["success"]
        return answer

    def data(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, params=query)
        assert (answer.status_code, answer.json()["success"]) == (200, True), answer.text
        return answer.json()["data"]

    def orders(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.data("/v2/order/", **{"limit": 100, **query})["list"]
        return found

    def order(self, number: int) -> dict[str, Any]:
        return next(order for order in [*self.orders(), *self.orders(offset=100)] if order["id"] == number)

    def update(self, number: int, body: Any) -> requests.Response:
        return self.call("POST", f"/v2/order/update/{number}/", json=body)

    def accepts(self, number: int, **changes: Any) -> None:
        answer = self.update(number, changes)
        assert (answer.status_code, answer.json()) == (200, {"success": True, "message": "", "data": []}), answer.text

    def refuses(self, number: int, **changes: Any) -> str:
        answer = self.update(number, changes)
        assert (answer.status_code, answer.json()["success"]) == (422, False), answer.text
        return str(answer.json()["message"])


@pytest.fixture
def api(liner: LinerSimulator) -> Iterator[Api]:
    api = Api(liner.url)
    yield api
    api.session.close()


# Authentication and frame


@pytest.mark.parametrize(
    "headers", [{}, {"X-Api-Key": "wrong"}, {"X-Api-Key": ""}, {"Authorization": f"Bearer {KEY}"}, {"Cookie": KEY}]
)
def test_without_the_right_key_nothing_is_answered(api: Api, headers: dict[str, str]) -> None:
    del api.session.headers["X-Api-Key"]
    answer = api.call("GET", "/v2/order/", headers=headers)
    assert (answer.status_code, answer.json()["data"]) == (401, [])
    assert api.call("GET", f"/v2/order/?key={KEY}").status_code == 401


def test_the_name_of_the_key_header_may_be_in_any_case(api: Api) -> None:
    del api.session.headers["X-Api-Key"]
    assert api.call("GET", "/v2/order/", headers={"x-API-key": KEY}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/v3/order/", "/v2/order/1001/", "/v2/order/detail/1001/", "/v2/orders/"])
def test_paths_that_are_not_documented_are_not_found(api: Api, path: str) -> None:
    assert api.call("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *((method, f"/v2/order/update/{FULL}/") for method in ("GET", "PUT", "PATCH", "DELETE")),
        ("POST", "/v2/order/"),
        ("PUT", "/v1/order/list/"),
        ("DELETE", "/v2/user/detail/101/"),
    ],
)
def test_other_methods_are_not_allowed(api: Api, liner: LinerSimulator, method: str, path: str) -> None:
    before = liner.order(FULL)
    assert api.call(method, path, json={"title": "New"}).status_code == 405
    assert liner.order(FULL) == before


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "abc", "77777", "9" * 30])
def test_only_an_order_that_exists_can_be_updated(api: Api, number: str) -> None:
    assert api.call("POST", f"/v2/order/update/{number}/", json={"title": "New"}).status_code == 404


def test_a_path_without_its_last_slash_is_a_switch(api: Api, liner: LinerSimulator) -> None:
    path = f"/v2/order/update/{FULL}"
    assert api.call("POST", path, json={"title": "A"}).status_code == 404
    liner.set(missing_slash="301")
    moved = api.call("POST", path, json={"title": "B"})
    assert (moved.status_code, moved.headers["Location"]) == (301, f"/liner{path}/")
    assert liner.journal.since(intent="write")[-1].changed is False
    liner.set(missing_slash="accept")
    assert api.call("POST", path, json={"title": "C"}).status_code == 200
    assert liner.order(FULL)["title"] == "C"
    assert liner.journal.entries[-1].order == str(FULL)


# Reading orders


def test_an_order_has_the_33_documented_keys_with_their_types(api: Api) -> None:
    kinds = {"string": str, "enum": str, "int": int, "bool": bool, "object": dict}
    for order in [*api.orders(), *api.orders(offset=100)]:
        assert list(order) == DOCUMENTED
        if order["id"] == CLEARED:
            continue
        for name, kind in TYPES.items():
            assert type(order[name]) is kinds.get(kind, list), (order["id"], name)
        for name, words in ENUMS.items():
            assert order[name] in words
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", order[name]) for name in ("createdAt", "updatedAt"))


def test_the_list_has_pages_of_fifty_and_of_a_hundred_at_most(api: Api, liner: LinerSimulator) -> None:
    active = [number for number in liner.orders if not liner.orders[number]["_archived"]]
    first = api.data("/v2/order/")
    assert (len(first["list"]), first["next"], first["total"]) == (50, 50, len(active))
    second = api.data("/v2/order/", offset=first["next"], limit=7)
    assert (len(second["list"]), second["next"]) == (7, 57)
    assert [str(order["id"]) for order in first["list"] + second["list"]] == active[:57]
    assert len(api.data("/v2/order/", limit=100)["list"]) == 100
    assert api.data("/v2/order/", offset=5000)["list"] == []


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "-1"}, {"limit": "ten"}, {"offset": "-1"}, {"offset": "1.5"}, {"offset": ""}]
)
def test_a_page_that_makes_no_sense_is_refused(api: Api, query: dict[str, str]) -> None:
    assert api.call("GET", "/v2/order/", params=query).status_code == 422


def test_a_limit_above_a_hundred_is_a_switch(api: Api, liner: LinerSimulator) -> None:
    page = api.data("/v2/order/", limit=500)
    assert (len(page["list"]), page["next"]) == (100, 100)
    liner.set(limit_above_100="reject")
    assert api.call("GET", "/v2/order/", params={"limit": 101}).status_code == 422
    assert len(api.data("/v2/order/", limit=100)["list"]) == 100


@pytest.mark.parametrize("setting", ["total", "null", "absent", "offset_plus_limit"])
def test_where_the_last_page_points_to_is_a_switch(api: Api, liner: LinerSimulator, setting: str) -> None:
    liner.set(next_on_last_page=setting)
    assert api.data("/v2/order/", limit=100)["next"] == 100
    last = api.data("/v2/order/", limit=100, offset=100)
    pointers = {"total": last["total"], "null": None, "offset_plus_limit": 200}
    assert ("next" in last) is (setting != "absent")
    assert last.get("next") == pointers.get(setting)


def test_the_order_of_the_list_is_a_switch(api: Api, liner: LinerSimulator) -> None:
    by_id = [order["id"] for order in api.orders()]
    assert by_id == sorted(by_id)
    liner.set(list_order="updated_desc")
    api.accepts(LONG, title="Touched")
    updated = [order["updatedAt"] for order in api.orders()]
    assert updated == sorted(updated, reverse=True)
    assert api.orders()[0]["id"] == LONG
    liner.set(list_order="shuffled")
    once, again = ([order["id"] for order in api.orders()] for _ in range(2))
    assert once != again
    assert max(abs(once.index(number) - by_id.index(number)) for number in once[:80] if number in by_id) < 12


def test_pages_of_a_shuffled_list_skip_or_repeat_orders(api: Api, liner: LinerSimulator) -> None:
    liner.set(list_order="shuffled")
    pages = [api.data("/v2/order/", limit=10, offset=offset) for offset in range(0, 130, 10)]
    seen = [order["id"] for page in pages for order in page["list"]]
    assert len(seen) == pages[0]["total"]
    assert len(set(seen)) < len(seen)


def test_archived_orders_in_the_v2_list_are_a_switch_and_never_in_v1(api: Api, liner: LinerSimulator) -> None:
    assert ARCHIVED not in [order["id"] for order in api.orders()]
    liner.set(archived_in_list="yes")
    assert ARCHIVED in [order["id"] for order in api.orders()]
    assert api.data("/v2/order/")["total"] == 130
    assert ARCHIVED not in [order["id"] for order in api.data("/v1/order/list/")]


def test_an_order_can_be_archived_at_the_vendor(api: Api, liner: LinerSimulator) -> None:
    total = api.data("/v2/order/")["total"]
    liner.act("archive", order=FULL)
    assert api.data("/v2/order/")["total"] == total - 1
    liner.act("restore", order=FULL)
    assert api.data("/v2/order/")["total"] == total


def test_the_v1_list_is_bare_whole_and_of_four_keys(api: Api, liner: LinerSimulator) -> None:
    found = api.data("/v1/order/list/", offset=5, limit=1)
    assert len(found) == sum(not order["_archived"] for order in liner.orders.values())
    for short in found:
        order = liner.order(short["id"])
        assert short == {
            "id": order["id"],
            "title": order["title"],
            "code": order["code"],
            "callsAllowed": order["autoDialingEnabled"],
        }


def test_readers_may_lag_behind_an_update(api: Api, liner: LinerSimulator) -> None:
    title = liner.order(FULL)["title"]
    liner.set(lag_ms=60_000)
    api.accepts(FULL, title="New")
    assert api.order(FULL)["title"] == title
    assert api.data("/v1/order/list/")[0]["title"] == title
    liner.set(lag_ms=0)
    assert api.order(FULL)["title"] == "New"
    assert api.data("/v1/order/list/")[0]["title"] == "New"


# Updating


def test_an_update_stores_what_was_sent_and_nothing_else(api: Api, liner: LinerSimulator) -> None:
    before = liner.order(FULL)
    api.accepts(FULL, title="New title", leadsPriority=7, predictiveModeEnabled=False)
    after = liner.order(FULL)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"title", "leadsPriority", "predictiveModeEnabled", "updatedAt"}
    entry = liner.journal.since(intent="write")[0]
    assert json.loads(entry.body) == {"title": "New title", "leadsPriority": 7, "predictiveModeEnabled": False}
    assert KEY not in str(entry)
    assert api.order(FULL)["title"] == "New title"


GOOD: dict[str, Any] = {
    "string": "Другое значение",
    "int": 42,
    "array of intervals": [["08:00", "12:00"], ["22:00", "06:00"]],
    "array of dates": ["2028-02-29"],
    "array of strings": ["+79001112233", "8 (900) 000-00-00"],
    "object": {"18": "Новый комментарий"},
}
BAD: dict[str, list[Any]] = {
    "string": [1, 1.5, True, [], {}],
    "enum": [1, True, "SUCCESS", "en", [], "unknown"],
    "int": ["1", 1.5, 1.0, True, "NaN", [1], 2**31, -(2**31)],
    "bool": ["true", "false", 0, 1, "1", [], {}],
    "object": ["x", 1, True, [], ["10"]],
    "array of ids": ["1", 1, {}, ["101"], [101.0], [True], [[101]], [None]],
    "array of strings": ["+79001112233", [1], [None], {}],
    "array of dates": ["2026-01-01", ["01.01.2026"], ["2026-02-30"], [20260101], ["2026-1-1"]],
    "array of intervals": [
        "09:00-18:00",
        ["09:00", "18:00"],
        [["09:00"]],
        [["9:00", "18:00"]],
        [["09:00", "24:00"]],
        [["09:00", 18]],
        [[]],
        [{"start": "09:00", "end": "18:00"}],
    ],
}
REFERENCES: dict[str, Any] = {
    "agentUserIds": [103, 101],
    "agentGroupIds": [2],
    "sipEndpointIds": [302, 303],
    "callAttemptsGroupId": 5,
    "callScenarioId": 3,
}


@pytest.mark.parametrize("name", TYPES)
def test_every_field_takes_values_of_its_type_only(api: Api, liner: LinerSimulator, name: str) -> None:
    kind = TYPES[name]
    before = liner.order(CUSTOM)
    for bad in BAD[kind]:
        assert name in api.refuses(CUSTOM, **{name: bad}), bad
    assert liner.order(CUSTOM) == before
    good = REFERENCES.get(name, GOOD.get(kind))
    if kind == "enum":
        good = next(word for word in ENUMS[name] if word != before[name])
    if kind == "bool":
        good = not before[name]
    api.accepts(CUSTOM, **{name: good})
    stored = liner.order(CUSTOM)[name]
    assert stored == ({**before[name], **(good or {})} if kind == "object" else good)
    assert stored != before[name]


def test_every_word_of_every_enum_is_taken(api: Api, liner: LinerSimulator) -> None:
    for name, words in ENUMS.items():
        for word in words:
            api.accepts(FULL, **{name: word})
            assert liner.order(FULL)[name] == word


def test_an_empty_list_empties(api: Api, liner: LinerSimulator) -> None:
    api.accepts(OWNER, sipEndpointIds=[], agentUserIds=[], callSchedule=[], callHolidayOverrides=[])
    assert [liner.order(OWNER)[name] for name in ("sipEndpointIds", "agentUserIds", "callSchedule")] == [[], [], []]


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_liner_keeps_itself_cannot_be_written(api: Api, liner: LinerSimulator, name: str) -> None:
    liner.set(unknown_key="ignore")
    before = liner.order(FULL)
    assert name in api.refuses(FULL, **{name: before[name]})


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b"null", b"{", b'{"title": NaN}', b'{"leadsPriority": 1e999}', b"\xff"]
)
def test_the_body_has_to_be_a_json_object(api: Api, liner: LinerSimulator, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.call("POST", f"/v2/order/update/{FULL}/", data=body, headers=headers)
    assert (answer.status_code, answer.json()["success"]) == (422, False)
    assert not liner.journal.entries[0].changed


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (None, 422),
        ("text/plain", 422),
        ("application/x-www-form-urlencoded", 422),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
    ],
)
def test_the_content_type_has_to_be_json(api: Api, content_type: str | None, status: int) -> None:
    headers = {"Content-Type": content_type}
    answer = api.call("POST", f"/v2/order/update/{FULL}/", data=b'{"title": "New"}', headers=headers)
    assert answer.status_code == status


def test_the_time_of_the_last_change_moves_only_with_a_change(api: Api, liner: LinerSimulator) -> None:
    before = liner.order(FULL)
    api.accepts(FULL)
    api.accepts(FULL, title=before["title"], agentUserIds=before["agentUserIds"])
    assert liner.order(FULL) == before
    assert [entry.changed for entry in liner.journal.entries] == [False, False]
    api.accepts(FULL, title="New")
    updated = datetime.fromisoformat(liner.order(FULL)["updatedAt"])
    assert abs(datetime.now(UTC) - updated) < timedelta(seconds=5)
    assert liner.order(FULL)["createdAt"] == before["createdAt"]
    liner.edit(EMPTY, title="Changed at Liner")
    assert liner.order(EMPTY)["updatedAt"] >= liner.order(FULL)["updatedAt"]


# Clearing

CLEARABLE = ["serviceTitle", "aiModePrompt", "callCenterPhone", "callScenarioId", "leadsPriority", "agentUserIds"]
FIXED = [*ENUMS, "code", "title", "autoDialingEnabled"]


@pytest.mark.parametrize("blank", [None, ""])
@pytest.mark.parametrize(
    ("setting", "shown"), [("null", None), ("empty_string", ""), ("type_zero", "zero"), ("absent", None)]
)
def test_how_a_cleared_field_is_shown_is_a_switch(
    api: Api, liner: LinerSimulator, blank: Any, setting: str, shown: Any
) -> None:
    liner.set(cleared_as=setting)
    api.accepts(FULL, **dict.fromkeys(CLEARABLE, blank))
    order = api.order(FULL)
    zeros = {"string": "", "int": 0, "array of ids": []}
    for name in CLEARABLE:
        assert order[name] == (zeros[TYPES[name]] if shown == "zero" else shown), name


@pytest.mark.parametrize("blank", [None, ""])
@pytest.mark.parametrize("name", FIXED)
def test_clearing_what_has_no_empty_value_is_a_switch(api: Api, liner: LinerSimulator, name: str, blank: Any) -> None:
    before = liner.order(FULL)
    assert name in api.refuses(FULL, **{name: blank})
    assert liner.order(FULL) == before
    liner.set(clearing_fixed="accept")
    api.accepts(FULL, **{name: blank})
    assert liner.order(FULL)[name] is None
    liner.set(clearing_fixed="default")
    api.accepts(FULL, **{name: blank})
    defaults = {"code": f"order-{FULL}", "title": "", "autoDialingEnabled": False}
    assert liner.order(FULL)[name] == (ENUMS[name][0] if name in ENUMS else defaults[name])


# Custom values


@pytest.mark.parametrize("blank", [{}, None, ""])
def test_an_empty_map_of_custom_values_is_shown_by_a_switch(api: Api, liner: LinerSimulator, blank: Any) -> None:
    liner.set(custom_values="replace")
    api.accepts(CUSTOM, customValues=blank)
    assert api.order(CUSTOM)["customValues"] == {}
    liner.set(empty_custom_values="[]")
    assert api.order(CUSTOM)["customValues"] == []
    assert api.order(EMPTY)["customValues"] == []


def test_custom_values_are_merged_or_replaced_by_a_switch(api: Api, liner: LinerSimulator) -> None:
    before = liner.order(CUSTOM)["customValues"]
    api.accepts(CUSTOM, customValues={"11": 5})
    assert liner.order(CUSTOM)["customValues"] == {**before, "11": 5}
    api.accepts(CUSTOM, customValues={})
    assert liner.order(CUSTOM)["customValues"] == {**before, "11": 5}
    liner.set(custom_values="replace")
    api.accepts(CUSTOM, customValues={"11": 6})
    assert liner.order(CUSTOM)["customValues"] == {"11": 6}


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("10", "any text", [1, True, []]),
        ("11", -3, ["3", 1.5, True, []]),
        ("12", 2.75, ["2.75", True, [], "1e5", {}]),
        ("13", "2026-05-09", ["09.05.2026", "2026-13-01", 20260509]),
        ("14", "2026-05-09T10:00:00+03:00", ["2026-05-09", "2026-05-09 10:00", 0]),
        ("15", False, ["false", 0, "нет"]),
        ("16", "site", ["Сайт", "nowhere", 1, ["site"]]),
        ("17", ["site", "partner"], ["site", ["Сайт"], [1], {"site": True}]),
    ],
)
def test_custom_values_are_of_their_fields_type(
    api: Api, liner: LinerSimulator, key: str, good: Any, bad: list[Any]
) -> None:
    before = liner.order(CUSTOM)
    for value in bad:
        assert "customValues" in api.refuses(CUSTOM, customValues={key: value}), value
    assert liner.order(CUSTOM) == before
    api.accepts(CUSTOM, customValues={key: good})
    assert api.order(CUSTOM)["customValues"][key] == good


def test_a_float_field_takes_a_whole_number(api: Api, liner: LinerSimulator) -> None:
    api.accepts(CUSTOM, customValues={"12": 3})
    assert liner.order(CUSTOM)["customValues"]["12"] == 3


@pytest.mark.parametrize("blank", [None, ""])
@pytest.mark.parametrize(
    ("setting", "shown"),
    [
        ("null", {"11": None, "15": None, "17": None, "18": None}),
        ("empty_string", {"11": "", "15": "", "17": "", "18": ""}),
        ("type_zero", {"11": 0, "15": False, "17": [], "18": ""}),
        ("absent", {}),
    ],
)
def test_how_a_cleared_custom_value_is_shown_is_a_switch(
    api: Api, liner: LinerSimulator, blank: Any, setting: str, shown: dict[str, Any]
) -> None:
    liner.set(cleared_as=setting)
    names = ("11", "15", "17", "18")
    api.accepts(CUSTOM, customValues=dict.fromkeys(names, blank))
    values = api.order(CUSTOM)["customValues"]
    assert {name: values[name] for name in names if name in values} == shown
    assert values["16"] == "partner"


def test_what_a_choice_is_called_is_a_switch(api: Api, liner: LinerSimulator) -> None:
    liner.set(select_value="title")
    assert api.order(CUSTOM)["customValues"]["16"] == "Партнёр"
    assert api.order(CUSTOM)["customValues"]["17"] == ["Сайт", "Звонок"]
    assert "customValues" in api.refuses(CUSTOM, customValues={"16": "site"})
    api.accepts(CUSTOM, customValues={"16": "Сайт", "17": ["Партнёр"]})
    liner.set(select_value="code")
    assert [api.order(CUSTOM)["customValues"][key] for key in ("16", "17")] == ["site", ["partner"]]


def test_how_several_choices_are_written_is_a_switch(api: Api, liner: LinerSimulator) -> None:
    liner.set(multiselect_value="comma_string")
    assert api.order(CUSTOM)["customValues"]["17"] == "site,call"
    assert "customValues" in api.refuses(CUSTOM, customValues={"17": ["site"]})
    api.accepts(CUSTOM, customValues={"17": "partner, exhibition"})
    assert liner.order(CUSTOM)["customValues"]["17"] == ["partner", "exhibition"]


@pytest.mark.parametrize("key", ["30", "12345", "", "x", "٣", "9" * 5000])
def test_a_custom_field_that_orders_do_not_have_is_a_switch(api: Api, liner: LinerSimulator, key: str) -> None:
    assert "customValues" in api.refuses(CUSTOM, customValues={key: "x"})
    liner.set(unknown_id="accept")
    api.accepts(CUSTOM, customValues={key: "x"})
    assert api.order(CUSTOM)["customValues"][key] == "x"


def test_a_value_of_a_field_that_is_gone_may_be_sent_back(api: Api, liner: LinerSimulator) -> None:
    whole = api.order(CUSTOM)["customValues"]
    assert whole["99"] == "старое значение"
    api.accepts(CUSTOM, customValues=whole)
    assert not liner.journal.since(intent="write")[0].changed


# References


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("agentUserIds", [101, 5]),
        ("agentGroupIds", [77]),
        ("sipEndpointIds", [999]),
        ("callAttemptsGroupId", 99),
        ("callScenarioId", 99),
    ],
)
def test_a_reference_to_nothing_is_a_switch(api: Api, liner: LinerSimulator, name: str, value: Any) -> None:
    assert name in api.refuses(FULL, **{name: value})
    liner.set(unknown_id="accept")
    api.accepts(FULL, **{name: value})
    assert api.order(FULL)[name] == value
    liner.set(unknown_id="reject")
    api.accepts(FULL, **{name: value})  # what an order has already, it may keep


def test_ids_that_no_list_shows_can_be_sent_back(api: Api, liner: LinerSimulator) -> None:
    order = api.order(UNLISTED)
    listed = {user["id"] for user in liner.lists()["users"]}
    assert not set(order["agentUserIds"]) <= listed
    api.accepts(FULL, agentUserIds=order["agentUserIds"])
    api.accepts(UNLISTED, agentUserIds=[*order["agentUserIds"], 103], sipEndpointIds=order["sipEndpointIds"])
    assert liner.order(UNLISTED)["agentUserIds"] == [*order["agentUserIds"], 103]


def test_a_number_that_another_order_owns_is_a_switch(api: Api, liner: LinerSimulator) -> None:
    api.accepts(OWNER, sipEndpointIds=[301])
    api.accepts(BORROWER, sipEndpointIds=[301, 303])
    assert "301" in api.refuses(FULL, sipEndpointIds=[301])
    liner.set(foreign_number="accept")
    api.accepts(FULL, sipEndpointIds=[301])
    assert liner.order(FULL)["sipEndpointIds"] == [301]


def test_a_code_that_another_order_has_is_a_switch(api: Api, liner: LinerSimulator) -> None:
    code = liner.order(EMPTY)["code"]
    api.accepts(FULL, code=code)
    liner.set(duplicate_code="reject")
    assert "code" in api.refuses(LONG, code=code)
    api.accepts(FULL, code=code)
    api.accepts(LONG, code="a-new-one")


def test_a_key_that_is_not_documented_is_a_switch(api: Api, liner: LinerSimulator) -> None:
    before = liner.order(FULL)
    assert "colour" in api.refuses(FULL, colour="red")
    liner.set(unknown_key="ignore")
    api.accepts(FULL, colour="red")
    assert liner.order(FULL) == before


@pytest.mark.parametrize("status", [422, 400, 200])
def test_the_status_of_a_refusal_is_a_switch(api: Api, liner: LinerSimulator, status: int) -> None:
    liner.set(failed_validation=status)
    answer = api.update(FULL, {"status": "done"})
    assert (answer.status_code, answer.json()["success"]) == (status, False)


def test_one_bad_field_refuses_the_whole_or_stores_the_rest_by_a_switch(api: Api, liner: LinerSimulator) -> None:
    before = liner.order(FULL)
    assert "status" in api.refuses(FULL, title="Good", status="bad")
    assert liner.order(FULL) == before
    liner.set(one_bad_field="stored_partly")
    message = api.refuses(FULL, title="Good", status="bad", code=5)
    assert "status" in message
    assert "code" in message
    after = liner.order(FULL)
    assert (after["title"], after["status"], after["code"]) == ("Good", before["status"], before["code"])
    assert after["updatedAt"] > before["updatedAt"]


# What orders refer to


def test_users_are_paged_and_filtered(api: Api, liner: LinerSimulator) -> None:
    page = api.data("/v2/user/list/")
    assert (len(page["list"]), page["next"], page["total"]) == (50, 50, 64)
    inactive = api.data("/v2/user/list/", isActive=0, limit=100)["list"]
    assert inactive
    assert not any(user["isActive"] for user in inactive)
    assert len(inactive) + api.data("/v2/user/list/", isActive=1)["total"] == 64
    groups = ("client", "call-center", "call-center-senior", "arbitration", "moderator", "admin")
    totals = {group: api.data("/v2/user/list/", accessGroup=group)["total"] for group in groups}
    assert all(totals.values())
    assert sum(totals.values()) == 64
    assert api.call("GET", "/v2/user/list/", params={"accessGroup": "boss"}).status_code == 422
    assert api.call("GET", "/v2/user/list/", params={"isActive": "true"}).status_code == 422
    assert api.data("/v2/user/detail/101/") == page["list"][0]
    assert api.call("GET", "/v2/user/detail/5/").status_code == 404


def test_users_have_the_documented_keys(api: Api) -> None:
    assert list(api.data("/v2/user/detail/102/")) == [
        "id",
        "name",
        "lastName",
        "secondName",
        "email",
        "isActive",
        "accessGroup",
        "webRtcEnabled",
        "interfaceLanguageCode",
        "languageSkillCodes",
        "autoAnswer",
        "phoneMode",
        "avatarUrl",
        "telegramNotificationsEnabled",
        "telegramChatId",
        "telegramNotificationsType",
        "emailNotificationsEnabled",
        "emailNotificationsType",
        "lastLoginAt",
        "lastActivityAt",
        "createdAt",
    ]


def test_agent_groups_are_paged_and_filtered_and_may_lack_a_name(api: Api) -> None:
    groups = api.data("/v2/agent-group/")["list"]
    assert all(set(group) == {"id", "names", "agentIds", "createdAt", "updatedAt"} for group in groups)
    assert any("ru" not in group["names"] for group in groups)
    assert any("gb" not in group["names"] for group in groups)
    agent = next(group for group in groups if group["agentIds"])["agentIds"][0]
    theirs = api.data("/v2/agent-group/", agentId=agent)
    assert [group for group in groups if agent in group["agentIds"]] == theirs["list"]
    assert theirs["total"] == len(theirs["list"]) < len(groups)
    assert api.call("GET", "/v2/agent-group/", params={"agentId": 0}).status_code == 422
    assert api.data("/v2/agent-group/1/") == groups[0]
    assert api.call("GET", "/v2/agent-group/detail/1/").status_code == 404
    assert len(api.data("/v2/agent-group/", limit=2, offset=1)["list"]) == 2


def test_call_attempt_groups_are_paged(api: Api) -> None:
    page = api.data("/v2/call-attempt/", limit=4)
    assert (len(page["list"]), page["next"], page["total"]) == (4, 4, 6)
    first = api.data("/v2/call-attempt/detail/1/")
    assert first == page["list"][0]
    assert list(first) == ["id", "title", "intervals", "isDefault", "resetAttemptsEnabled"]
    assert sum(each["isDefault"] for each in api.data("/v2/call-attempt/")["list"]) == 1
    assert api.call("GET", "/v2/call-attempt/detail/99/").status_code == 404


def test_numbers_are_a_bare_list_and_one_has_an_owner(api: Api) -> None:
    numbers = api.data("/v2/sip-endpoint/", limit=1)
    assert len(numbers) == 20
    assert {number["connectionType"] for number in numbers} == {"pstn", "sip-reg", "sip-wo-reg"}
    assert all(2 <= number["channels"] <= 10 for number in numbers)
    assert [(number["id"], number["orderId"]) for number in numbers if number["orderId"]] == [(301, OWNER)]


def test_custom_fields_are_a_bare_list_by_essence(api: Api) -> None:
    fields = api.data("/v2/custom-field/", essence="orders")
    types = {"string", "int", "float", "date", "datetime", "bool", "select", "multiselect"}
    assert {field["type"] for field in fields} == types
    leads = api.data("/v2/custom-field/", essence="leads")
    assert {field["essence"] for field in leads} == {"leads"}
    assert len(api.data("/v2/custom-field/")) == len(fields) + len(leads)
    assert api.call("GET", "/v2/custom-field/", params={"essence": "users"}).status_code == 422


@pytest.mark.parametrize("name", ["sip-endpoint", "custom-field"])
def test_the_path_of_lists_without_pages_is_a_switch(api: Api, liner: LinerSimulator, name: str) -> None:
    def found() -> list[bool]:
        return [api.call("GET", f"/v2/{name}{ending}/").status_code == 200 for ending in ("", "s")]

    assert found() == [True, False]
    liner.set(unpaged_path="plural")
    assert found() == [False, True]
    liner.set(unpaged_path="both")
    assert found() == [True, True]


def test_health_is_a_map_of_components(api: Api, liner: LinerSimulator) -> None:
    def verdicts() -> set[bool]:
        components = api.data("/v1/health/check/")
        assert all(set(each) == {"success", "message", "data"} for each in components.values())
        consumers = [one for each in components.values() for one in each["data"].get("consumers", [])]
        return {each["success"] for each in [*components.values(), *consumers]}

    assert verdicts() == {True}
    for setting in ("component_down", "consumer_down"):
        liner.set(health=setting)
        assert verdicts() == {True, False}


# Faults of Liner's own


def test_faults_keep_the_envelope_of_liner(api: Api, liner: LinerSimulator) -> None:
    liner.fail("500", "429:after", "error_applied")
    answers = [api.update(FULL, {"leadsPriority": number}) for number in (21, 22, 23)]
    assert [answer.status_code for answer in answers] == [500, 429, 422]
    assert liner.order(FULL)["leadsPriority"] == 23


@pytest.mark.parametrize(
    ("twist", "envelope"),
    [
        ("no_success", {"message": "", "data": []}),
        ("success_as_text", {"success": "true", "message": "", "data": []}),
        ("no_without_words", {"success": False, "message": "", "data": []}),
        ("no_data", {"success": True, "message": ""}),
    ],
)
def test_an_envelope_can_be_bent(api: Api, liner: LinerSimulator, twist: str, envelope: dict[str, Any]) -> None:
    liner.fail(twist, f"{twist}:after")
    for applied in (False, True):
        answer = api.session.post(f"{liner.url}/v2/order/update/{FULL}/", json={"title": "New"}, timeout=5)
        assert answer.json() == envelope
        assert (liner.order(FULL)["title"] == "New") is applied


# The world


def test_the_world_is_the_same_for_the_same_seed() -> None:
    one, same, other = (LinerSimulator(seed=seed, size=60) for seed in (3, 3, 4))
    assert (one.orders, one.lists()) == (same.orders, same.lists())
    assert one.orders != other.orders
    assert one.lists() != other.lists()
    one.edit(FULL, title="Changed")
    one.reset()
    assert one.orders == same.orders


def test_a_smaller_world_is_the_beginning_of_a_larger_one() -> None:
    small, large = LinerSimulator(size=20), LinerSimulator(size=40)
    assert list(small.orders.items()) == list(large.orders.items())[:20]
    assert LinerSimulator(size=0).orders == {}


def test_the_world_has_something_of_everything() -> None:
    liner = LinerSimulator()
    orders = list(liner.orders.values())
    assert len(orders) == 320
    assert all(re.search("[А-я]", order["title"]) for order in orders)
    assert len({order["code"] for order in orders}) == len(orders)
    switches = [name for name, kind in TYPES.items() if kind == "bool"]
    assert all(liner.order(FULL)[name] for name in switches)
    assert not any(liner.order(EMPTY)[name] for name in switches)
    assert {(name, order[name]) for order in orders for name in switches} == {
        (name, value) for name in switches for value in (True, False)
    }
    assert all(
        liner.order(EMPTY)[name] in ([], {}) for name in TYPES if "array" in TYPES[name] or name == "customValues"
    )
    assert len(liner.order(LONG)["aiModePrompt"]) > 8000
    assert set(liner.order(CUSTOM)["customValues"]) >= {str(number) for number in range(10, 19)}
    assert 4 <= sum(order["_archived"] for order in orders) <= 40
    assert len(liner.order(OWNER)["sipEndpointIds"]) == 2


def test_the_people_and_phones_are_invented() -> None:
    liner = LinerSimulator()
    text = json.dumps([liner.orders, liner.lists()], ensure_ascii=False)
    assert set(re.findall(r"\+7\d{3}", text)) == {"+7900"}
    assert set(re.findall(r"@[a-z.]+", text)) == {"@example.com"}
