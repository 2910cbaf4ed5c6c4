"""Lia's simulator: what it enforces, what it shows, and what each switch changes."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

from vendors.lia.sandbox import LiaSimulator
from vendors.lia.sandbox.identity import DENIED, DOCUMENTED, FAILED, IRREGULAR
from vendors.lia.sandbox.switches import SWITCHES
from vendors.lia.sandbox.things import SKIPS_ANALYSES
from vendors.lia.sandbox.world import build_orders, order_id
from vendors.sandbox.server import Server

OPEN, BYPASS, CHARGED, FINISHED, CANCELED, COMPANY, NOWHERE = (order_id(number) for number in range(1, 8))
EXAMPLE: dict[str, Any] = {
    "email": "john.armless2@example.com",
    "phone": "+5512984344525",
    "customer_name": "John Armless",
    "customer_birthdate": "1994-12-03",
    "customer_document": "52998224725",
    "address": {
        "zipcode": "08452-431",
        "street": "Rua Vinte e Nove de Janeiro",
        "neighborhood": "Jardim Lourdes",
        "number": "351",
        "complement": "",
        "city_ibge_code": "3549904",
        "state": "SP",
    },
}
SIGNATURE = {"remote_ip": "127.0.0.1", "user_agent": "Mozilla/5.0"}


class Api:
    """The simulator as any client sees it."""

    def __init__(self, simulator: LiaSimulator) -> None:
        self.simulator = simulator
        self.token = simulator.credentials["token"]

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        return requests.request(
            method,
            f"{self.simulator.url}/external_api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}", **headers},
            timeout=10,
        )

    def put(self, order: str, **changes: Any) -> requests.Response:
        return self("PUT", f"/orders/{order}", changes)


@pytest.fixture
def simulator() -> Iterator[LiaSimulator]:
    simulator = LiaSimulator(seed=1, size=40)
    simulator.set(analysis_ms=0)
    with Server([simulator]) as server:
        yield simulator
    assert not server.errors, server.errors[0]


@pytest.fixture
def api(simulator: LiaSimulator) -> Api:
    return Api(simulator)


class Receiver:
    """Somebody whom webhooks call; `got` are method, headers and body of each call."""

    def __init__(self) -> None:
        got: list[tuple[str, dict[str, str], bytes]] = []
        self.got = got
        self.last_at = 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got.append((self.command, dict(self.headers), body))
                receiver.last_at = time.monotonic()
                self.send_response(200)
                self.end_headers()

            do_POST = do_PUT = handle_any  # noqa: N815 - the names are given

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is given
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


# The frame


def test_a_token_is_asked_for(api: Api) -> None:
    api.token = "another"
    assert api("GET", f"/orders/{OPEN}").status_code == 401
    assert api("GET", "/webhook_deliveries").status_code == 401


def test_what_is_not_documented_is_not_there(api: Api) -> None:
    for method, path in (("DELETE", f"/orders/{OPEN}"), ("POST", f"/orders/{OPEN}/cancel"), ("GET", "/nothing")):
        assert api(method, path).status_code == 404
    assert requests.get(f"{api.simulator.url}/orders/{OPEN}", timeout=5).status_code == 401


def test_the_host_can_be_made_to_matter(api: Api) -> None:
    api.simulator.set(host="lia")
    assert api("GET", f"/orders/{OPEN}").status_code == 404
    assert api("GET", f"/orders/{OPEN}", Host="external-api-sandbox.lia.com.br").status_code == 200


def test_the_same_seed_gives_the_same_world() -> None:
    assert build_orders(seed=4, size=60) == build_orders(seed=4, size=60)
    assert build_orders(seed=4, size=60) != build_orders(seed=5, size=60)
    stages = {(order["status"], bool(order["billings"])) for order in build_orders(seed=1, size=320).values()}
    assert stages >= {("in_progress", False), ("in_progress", True), ("finished", True), ("canceled", False)}


# Updates


def test_the_documented_example_is_accepted_verbatim_and_shown_in_the_read_shape(api: Api) -> None:
    answer = api.put(OPEN, **EXAMPLE)
    assert answer.status_code == 200
    order = answer.json()
    assert order["email"]["address"] == "john.armless2@example.com"
    assert order["phone"]["address"] == "5512984344525"
    assert order["address"]["zipcode"] == "08452431"
    assert order["address"]["city"]["name"] == "São José dos Campos"
    assert order["address"]["city"]["state"]["acronym"] == "SP"
    assert not {"signature", "state", "city_ibge_code"} & ({*order} | {*order["address"]})


@pytest.mark.parametrize("name", ["email", "customer_name", "customer_birthdate", "customer_document", "address"])
def test_what_the_table_requires_is_required_under_two_settings(api: Api, name: str) -> None:
    lacking = {key: value for key, value in EXAMPLE.items() if key != name}
    for setting, status in (("example", 422), ("table", 422), ("partial", 200)):
        api.simulator.set(required=setting)
        assert api.put(OPEN, **lacking, signature=SIGNATURE).status_code == status


def test_the_table_also_requires_a_signature(api: Api) -> None:
    api.simulator.set(required="table")
    assert api.put(OPEN, **EXAMPLE).status_code == 422
    assert api.put(OPEN, **EXAMPLE, signature={"remote_ip": ""}).status_code == 422
    assert api.put(OPEN, **EXAMPLE, signature=SIGNATURE).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("customer_birthdate", "03/12/1994"),
        ("customer_birthdate", "2023-02-30"),
        ("customer_birthdate", None),
        ("customer_document", "5299822472"),
        ("customer_document", "52998224724"),
        ("customer_document", 52998224725),
        ("customer_name", " "),
        ("email", "nobody"),
        ("phone", "5512984344525"),
        ("phone", "+55 12 98434-4525"),
        ("address", None),
        ("address", {**EXAMPLE["address"], "number": 351}),
        ("address", {**EXAMPLE["address"], "state": "RJ"}),
        ("address", {**EXAMPLE["address"], "city_ibge_code": "9950308"}),
        ("address", {**EXAMPLE["address"], "zipcode": "0845"}),
        ("address", {"zipcode": "08452431"}),
        ("address", {**EXAMPLE["address"], "country": "BR"}),
        ("loyalty", "gold"),
    ],
)
def test_what_is_of_the_wrong_form_is_refused_and_nothing_is_kept(api: Api, name: str, value: Any) -> None:
    api.simulator.set(required="partial")
    before = api.simulator.order(OPEN)
    beside = {"customer_name": "Never Kept", "customer_birthdate": "1990-01-01", name: value}
    answer = api.put(OPEN, **beside)
    assert answer.status_code == 422
    assert any(key.startswith(name) for key in answer.json()["errors"])
    assert api.simulator.order(OPEN) == before


def test_a_body_that_is_no_object_is_refused(api: Api) -> None:
    assert api("PUT", f"/orders/{OPEN}", ["x"]).status_code == 422


@pytest.mark.parametrize(
    ("switches", "order", "document", "status"),
    [
        ({"document_mask": "accept"}, OPEN, "529.982.247-25", 200),
        ({"document_mask": "reject"}, OPEN, "529.982.247-25", 422),
        ({"check_digits": "unchecked"}, OPEN, "52998224724", 200),
        ({"cnpj": "accept"}, COMPANY, "11444777000161", 200),
        ({"cnpj": "accept"}, COMPANY, "52998224725", 422),
        ({"cnpj": "reject"}, COMPANY, "11444777000161", 422),
        ({"cnpj": "reject"}, COMPANY, "52998224725", 200),
        ({}, OPEN, "11444777000161", 422),
    ],
)
def test_which_documents_are_accepted(
    api: Api, switches: dict[str, str], order: str, document: str, status: int
) -> None:
    api.simulator.set(required="partial", **switches)
    assert api.put(order, customer_document=document).status_code == status


@pytest.mark.parametrize(
    ("locked", "same", "different"),
    [("reject_if_different", 200, 422), ("reject_if_present", 422, 422), ("ignore", 200, 200)],
)
def test_charged_orders_never_change_their_identity(api: Api, locked: str, same: int, different: int) -> None:
    api.simulator.set(required="partial", locked=locked)
    name = api.simulator.order(CHARGED)["customer_name"]
    assert api.put(CHARGED, customer_name=name, phone="+5511900000001").status_code == same
    assert api.put(CHARGED, customer_name="Other", phone="+5511900000002").status_code == different
    after = api.simulator.order(CHARGED)
    assert after["customer_name"] == name
    assert (after["phone"]["address"] == "5511900000002") is (different == 200)
    assert api.put(CHARGED, phone="+5511900000003", email="new@example.com").status_code == 200


@pytest.mark.parametrize(
    ("closed", "canceled", "finished"),
    [("refuse_canceled", 422, 200), ("contact_only", 200, 200), ("refuse_both", 422, 422)],
)
def test_orders_that_are_over(api: Api, closed: str, canceled: int, finished: int) -> None:
    api.simulator.set(required="partial", closed=closed)
    assert api.put(CANCELED, phone="+5511900000001").status_code == canceled
    assert api.put(FINISHED, phone="+5511900000001").status_code == finished
    assert api.put(CANCELED, customer_name="Other").status_code == 422


def test_a_new_contact_is_a_new_record_and_an_unchanged_one_is_only_touched(api: Api) -> None:
    api.simulator.set(required="partial")
    before = api.simulator.order(OPEN)
    after = api.put(OPEN, email="new@example.com", phone="+" + before["phone"]["address"]).json()
    assert after["email"]["id"] != before["email"]["id"]
    assert after["email"]["created_at"] > before["email"]["created_at"]
    assert not after["email"]["validated"]
    assert after["phone"]["id"] == before["phone"]["id"]
    assert after["phone"]["created_at"] == before["phone"]["created_at"] < after["phone"]["updated_at"]
    assert api.put(OPEN, address=EXAMPLE["address"]).json()["address"]["id"] == before["address"]["id"]


# Analyses


@pytest.mark.parametrize(
    ("document", "status", "cancelation", "reason"),
    [
        (DENIED, "denied", "analysis_denied", "invalid_data"),
        (IRREGULAR, "denied", "analysis_denied", "irregular_cpf"),
        (FAILED, "failed", "analysis_failed", None),
    ],
)
def test_a_failed_analysis_cancels_the_order_keeps_the_values_and_answers_yes(
    api: Api, document: str, status: str, cancelation: str, reason: str | None
) -> None:
    api.simulator.set(required="partial")
    before = api.simulator.order(OPEN)
    answer = api.put(OPEN, customer_document=document)
    order = answer.json()
    assert answer.status_code == 200
    assert (order["status"], order["cancelation_reason"], order["finished_at"]) == ("canceled", cancelation, None)
    assert order["translated_cancelation_reason"]
    assert order["customer_document"] == document
    assert order["updated_at"] > before["updated_at"]
    assert order["analyses"][:-1] == before["analyses"]
    newest = order["analyses"][-1]
    assert (newest["kind"], newest["status"], newest["denied_reason"]) == ("identity", status, reason)


def test_the_documented_denial_takes_document_and_name(api: Api) -> None:
    api.simulator.set(required="partial")
    document, name = DOCUMENTED
    assert api.put(OPEN, customer_document=document).json()["status"] == "in_progress"
    assert api.put(OPEN, customer_name=name).json()["status"] == "canceled"


def test_the_documented_document_skips_all_analyses(api: Api) -> None:
    api.simulator.set(required="partial")
    order = api.put(BYPASS, customer_name="Anybody").json()
    assert (order["customer_document"], order["analyses"], order["status"]) == (SKIPS_ANALYSES, [], "in_progress")


@pytest.mark.parametrize(
    ("trigger", "analysed"),
    [
        ("identity", {"customer_name"}),
        ("contact", {"customer_name", "phone"}),
        ("address", {"customer_name", "phone", "address"}),
    ],
)
def test_which_fields_set_an_analysis_off(api: Api, trigger: str, analysed: set[str]) -> None:
    new = {"customer_name": "Another Name", "phone": "+5511900000009", "address": EXAMPLE["address"]}
    for name, value in new.items():
        api.simulator.set(required="partial", trigger=trigger)
        before = len(api.simulator.order(OPEN)["analyses"])
        assert (len(api.put(OPEN, **{name: value}).json()["analyses"]) > before) is (name in analysed)
        assert len(api.put(OPEN, **{name: value}).json()["analyses"]) == len(api.simulator.order(OPEN)["analyses"])


def test_presence_alone_can_set_an_analysis_off(api: Api) -> None:
    name = api.simulator.order(OPEN)["customer_name"]
    for setting, more in (("change", 0), ("presence", 1)):
        api.simulator.set(required="partial", trigger_on=setting)
        before = len(api.simulator.order(OPEN)["analyses"])
        assert len(api.put(OPEN, customer_name=name).json()["analyses"]) == before + more


def test_an_analysis_takes_its_time(api: Api) -> None:
    assert SWITCHES["analysis_ms"].default == "3000"
    api.simulator.set(required="partial", analysis_ms=300)
    assert api.put(OPEN, customer_name="Slow One").elapsed.total_seconds() >= 0.3
    assert api.put(OPEN, phone="+5511900000001").elapsed.total_seconds() < 0.3


# Reading


def test_an_order_without_an_address_shows_null(api: Api) -> None:
    order = api("GET", f"/orders/{NOWHERE}").json()
    assert (order["address"], order["checkout_type"]) == (None, "without_address")


def test_the_list_is_paged(api: Api) -> None:
    pages = [api("GET", f"/orders?page={number}&per_page=15").json()["results"] for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [15, 15, 10, 0]
    assert len(api("GET", "/orders").json()["results"]) == 20
    assert len(api("GET", "/orders?per_page=1000").json()["results"]) == 40
    assert isinstance(api("GET", "/orders?page=x").json()["results"], list)


def test_switches_change_how_an_order_is_shown(api: Api) -> None:
    def shown(**settings: str) -> dict[str, Any]:
        api.simulator.switch.clear()
        api.simulator.set(**settings)
        return dict(api("GET", f"/orders/{OPEN}").json())

    assert shown(contacts="strings")["email"] == api.simulator.order(OPEN)["email"]["address"]
    assert "amount_cents" not in shown(newer_keys="missing")
    assert "loyalty" in shown(extra_keys="some")
    assert shown(address="null")["address"] is None
    assert shown(words="unknown")["analyses"][0]["kind"].endswith("_v2")


@pytest.mark.parametrize("errors", SWITCHES["errors"].settings)
def test_a_no_has_the_form_that_the_switch_names(api: Api, errors: str) -> None:
    api.simulator.set(errors=errors, refusal_status="409")
    answer = api.put(OPEN)
    assert answer.status_code == 409
    if errors in {"empty", "html"}:
        assert (answer.content == b"") is (errors == "empty")
    else:
        assert errors in answer.json()


# Charging


def charge(api: Api, order: str, **changes: Any) -> requests.Response:
    configuration = api.simulator.order(order)["offer"]["payment_configurations"][1]["id"]
    body = {
        "payment_configuration_id": configuration,
        "due_day": 25,
        "installments": 4,
        "payment": {"payment_method": "boleto"},
        "signature": SIGNATURE,
    }
    return api("POST", f"/orders/{order}/charge", {**body, **changes})


def test_a_charge_creates_a_billing_that_waits_and_leaves_the_order_open(api: Api) -> None:
    order = charge(api, OPEN).json()
    (billing,) = order["billings"]
    assert (order["status"], billing["status"], len(billing["bills"])) == ("in_progress", "waiting_payment", 4)
    assert sum(bill["amount_cents"] for bill in billing["bills"]) == order["amount_cents"]


@pytest.mark.parametrize(
    "changes",
    [
        {"payment": {"payment_method": "credit_card"}},
        {"payment_configuration_id": "another"},
        {"installments": 13},
        {"due_day": 0},
        {"payment": "boleto"},
    ],
)
def test_a_senseless_charge_is_refused(api: Api, changes: dict[str, Any]) -> None:
    assert charge(api, OPEN, **changes).status_code == 422
    assert api.simulator.order(OPEN)["billings"] == []


def test_a_second_charge_is_an_open_question(api: Api) -> None:
    assert charge(api, CHARGED).status_code == 422
    api.simulator.set(second_charge="accept")
    assert charge(api, CHARGED).status_code == 200


def test_paying_the_first_bill_finishes_the_order_and_not_the_billing(api: Api) -> None:
    order = charge(api, OPEN).json()
    payment = order["billings"][0]["bills"][0]["payments"][0]
    assert api("PUT", f"/payments/{payment['id']}/status_transition", {"status": "paid"}).json()["status"] == "paid"
    after = api.simulator.order(OPEN)
    assert (after["status"], after["billings"][0]["status"]) == ("finished", "active")
    assert after["finished_at"]
    assert api("PUT", f"/payments/{payment['id']}/status_transition", {"status": "refunded"}).status_code == 200
    after = api.simulator.order(OPEN)
    assert (after["status"], after["billings"][0]["status"]) == ("canceled", "canceled")


def test_payments_can_be_simulated_in_the_sandbox_only(api: Api) -> None:
    payment = api.simulator.order(CHARGED)["billings"][0]["bills"][0]["payments"][0]
    api.simulator.set(world="production")
    assert api("PUT", f"/payments/{payment['id']}/status_transition", {"status": "paid"}).status_code == 404
    assert api("PUT", "/payments/nothing/status_transition", {"status": "paid"}).status_code == 404


# Webhooks


def signed_by(key: str, body: bytes) -> str:
    return hmac.new(key.encode(), body, hashlib.sha1).hexdigest()


def test_a_webhook_is_compact_signed_and_logged(api: Api, receiver: Receiver) -> None:
    api.simulator.act("subscribe", url=receiver.url, verb="put")
    api.simulator.set(required="partial")
    api.put(OPEN, customer_document=DENIED)
    assert api.simulator.quiesce()
    ((method, headers, body),) = receiver.got
    assert method == "PUT"
    assert headers["X-Lia-Signature"] == signed_by(api.token, body)
    envelope = json.loads(body)
    assert json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode() == body
    assert (envelope["entity"], envelope["event"], len(envelope["id"])) == ("order", "canceled", 32)
    data = envelope["data"]
    assert set(data["contact"]) == {"email", "phone"}
    assert set(data["offer"]) == {"id", "name", "amount_cents", "product"}
    assert data["address"]["city"]["state_id"]
    (logged,) = api("GET", "/webhook_deliveries").json()["data"]
    assert logged["response_code"] == 200
    assert logged["request_body"] == envelope
    assert api("GET", f"/webhook_deliveries/{logged['id']}").json() == logged


def test_an_order_that_only_changed_its_contacts_tells_nobody(api: Api, receiver: Receiver) -> None:
    api.simulator.act("subscribe", url=receiver.url)
    api.simulator.set(required="partial")
    api.put(OPEN, phone="+5511900000001")
    assert api.simulator.quiesce()
    assert receiver.got == []


def test_only_events_that_were_asked_for_are_sent(api: Api, receiver: Receiver) -> None:
    api.simulator.act("subscribe", url=receiver.url, entity="billing", events=["active"])
    charge(api, OPEN)
    api.simulator.act("pay", order=OPEN)
    assert api.simulator.quiesce()
    ((_, _, body),) = receiver.got
    assert (json.loads(body)["entity"], json.loads(body)["event"]) == ("billing", "active")


def test_a_redelivery_repeats_the_body_with_a_fresh_signature(api: Api, receiver: Receiver) -> None:
    api.simulator.act("subscribe", url=receiver.url)
    api.simulator.act("cancel", order=OPEN)
    assert api.simulator.quiesce()
    api.simulator.act("rotate", token="sandbox_demo_token_0002")
    api.token = "sandbox_demo_token_0002"
    (logged,) = api("GET", "/webhook_deliveries").json()["data"]
    answer = api("POST", f"/webhook_deliveries/{logged['id']}/deliver")
    assert (answer.status_code, answer.json()) == (200, {})
    assert api.simulator.quiesce()
    (_, first, body), (_, second, again) = receiver.got
    assert body == again
    assert second["X-Lia-Signature"] == signed_by(api.token, body) != first["X-Lia-Signature"]
    assert len(api("GET", "/webhook_deliveries").json()["data"]) == 1
    assert api("POST", "/webhook_deliveries/nothing/deliver").status_code == 404
    api.simulator.act("disable")
    assert api("POST", f"/webhook_deliveries/{logged['id']}/deliver").status_code == 422


def test_a_webhook_may_leave_before_the_answer_or_after_it(api: Api, receiver: Receiver) -> None:
    api.simulator.act("subscribe", url=receiver.url)
    api.simulator.set(required="partial", analysis_ms=1000, webhook_timing="before")
    api.put(OPEN, customer_document=DENIED)
    assert len(receiver.got) == 1

    api.simulator.set(webhook_timing="after")
    asked = time.monotonic()
    api.put(BYPASS, customer_document=DENIED)
    assert api.simulator.quiesce()
    assert len(receiver.got) == 2
    assert receiver.last_at - asked > 1, "no sooner than the answer, which takes a second"


def test_webhooks_can_be_sent_twice_late_and_in_the_other_spelling(api: Api, receiver: Receiver) -> None:
    api.simulator.act("subscribe", url=receiver.url)
    api.simulator.set(webhook_times="twice", webhook_order="older_last", webhook_events="dotted")
    api.simulator.act("cancel", order=OPEN)
    assert api.simulator.quiesce()
    envelopes = [json.loads(body) for _, _, body in receiver.got]
    assert [each["event"] for each in envelopes] == ["order.canceled"] * 2 + ["order.in_progress"] * 2
    assert envelopes[0]["data"]["updated_at"] > envelopes[2]["data"]["updated_at"]
    assert not {"id", "entity"} & set(envelopes[0])


def test_a_receiver_that_is_away_is_logged_as_such(api: Api) -> None:
    api.simulator.act("subscribe", url="http://127.0.0.1:9/hook")
    api.simulator.act("cancel", order=OPEN)
    assert api.simulator.quiesce()
    assert api.simulator.lists()["deliveries"][0]["response_code"] == 0


@pytest.mark.parametrize(
    "wrong",
    [{"url": "nowhere"}, {"url": "http://x/", "entity": "payment"}, {"url": "http://x/", "events": ["updated"]}],
)
def test_a_subscription_to_what_does_not_exist_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        api.simulator.act("subscribe", **wrong)


def test_an_address_is_called_once_however_often_it_is_given(api: Api, receiver: Receiver) -> None:
    for _ in range(2):
        api.simulator.deliver_to(receiver.url)
    api.simulator.act("cancel", order=OPEN)
    assert api.simulator.quiesce()
    assert len(receiver.got) == 1
