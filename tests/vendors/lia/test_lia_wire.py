"""The calls that Lia's adapter makes, and what it makes of the answers, with `responses` in Lia's place."""

import json
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from tests.vendors.lia.documents import (
    BASE,
    BILLING,
    DENIED,
    ORDER_ID,
    ORDER_URL,
    TOKEN,
    a_canceled_order,
    a_charged_order,
    an_order,
    lia,
)
from vendors.errors import AccountRefused, OrderGone, Rejected, Unreachable
from vendors.lia.vendor import Lia

LIST = f"{BASE}/external_api/v1/orders"
WHOLE_ADDRESS = {
    "zipcode": "08452-431",
    "street": "Rua das Invenções",
    "number": "351",
    "complement": "",
    "neighborhood": "Jardim Modelo",
    "city_ibge_code": "3549904",
    "state": "SP",
}


def put(vendor: Any = None, **changes: Any) -> Any:
    vendor = vendor or lia()
    return vendor.send(vendor.request(an_order(), changes or {"customer_name": "Elis Sabiá"}))


# What goes out


def test_a_request_holds_only_what_changed() -> None:
    request = lia().request(an_order(), {"customer_name": "Elis Sabiá", "email": "elis@example.com"})
    assert (request.method, request.path) == ("PUT", f"/external_api/v1/orders/{ORDER_ID}")
    assert request.body == {"customer_name": "Elis Sabiá", "email": "elis@example.com"}


@responses.activate
def test_a_change_is_one_put_with_the_token_and_a_minute_of_patience() -> None:
    responses.put(ORDER_URL, json=an_order(customer_name="Elis Sabiá"))
    reply = put()
    (call,) = responses.calls
    assert call.request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(call.request.body or "") == {"customer_name": "Elis Sabiá"}
    assert lia().http.patience == 60
    assert reply.found is not None
    assert reply.found.raw["customer_name"] == "Elis Sabiá"


def test_one_part_of_the_address_takes_the_whole_fresh_address_along() -> None:
    """Trap: city IBGE code and UF are both sent, and the complement is null when read, "" when written."""
    body = lia().request(an_order(), {"address.number": "7"}).body
    assert body == {"address": {**WHOLE_ADDRESS, "number": "7"}}


def test_read_and_write_shapes_differ() -> None:
    """Trap: e-mail and phone are objects when read; the phone has no plus and the CEP no hyphen there."""
    body = lia(complete_body=True).request(an_order(), {"phone": "+5511900009999"}).body
    assert body == {
        "customer_name": "Dandara Jabuticaba",
        "customer_birthdate": "1994-12-03",
        "customer_document": "00000012360",
        "email": "dandara@example.com",
        "phone": "+5511900009999",
        "address": WHOLE_ADDRESS,
    }


def test_nothing_that_lia_shows_is_put_back_beside_what_it_takes() -> None:
    """Trap: never PUT back the object you got."""
    body = lia(complete_body=True).request(an_order(), {"email": "elis@example.com"}).body
    assert set(body) == {"customer_name", "customer_birthdate", "customer_document", "email", "address"}
    assert set(body["address"]) == set(WHOLE_ADDRESS)


def test_a_locked_field_is_not_part_of_a_complete_body_either() -> None:
    body = lia(complete_body=True).request(a_charged_order(), {"email": "elis@example.com"}).body
    assert body == {"email": "elis@example.com", "address": WHOLE_ADDRESS}


def test_a_change_of_a_locked_field_makes_no_request() -> None:
    with pytest.raises(ValueError, match="billings"):
        lia().request(a_charged_order(), {"customer_name": "Elis Sabiá"})


def test_an_order_without_an_address_sends_none() -> None:
    """Trap: without_address orders have no address, yet the table marks it required."""
    body = lia(complete_body=True).request(an_order(address=None), {"email": "elis@example.com"}).body
    assert "address" not in body


def test_the_signature_is_left_out_unless_the_account_says_otherwise() -> None:
    assert "signature" not in lia(complete_body=True).request(an_order(), {"email": "elis@example.com"}).body


def test_the_signature_is_the_operators_own_and_never_the_customers() -> None:
    vendor = lia(signature="operator", operator_ip="198.51.100.7", operator_user_agent="Amend desk")
    body = vendor.request(an_order(), {"email": "elis@example.com"}).body
    assert body["signature"] == {"remote_ip": "198.51.100.7", "user_agent": "Amend desk"}


def test_a_signature_is_never_empty() -> None:
    vendor = lia(signature="operator", operator_ip="", operator_user_agent="")
    assert all(vendor.request(an_order(), {"email": "elis@example.com"}).body["signature"].values())


@pytest.mark.parametrize(
    ("vendor_id", "path"),
    [("12345", "12345"), ("e6e8-xyz", "e6e8-xyz"), ("a/b?c#d%", "a%2Fb%3Fc%23d%25"), (7, "7")],
)
def test_ids_need_not_be_uuids_and_are_percent_encoded(vendor_id: object, path: str) -> None:
    request = lia().request(an_order(id=vendor_id), {"customer_name": "Elis"})
    assert request.path == f"/external_api/v1/orders/{path}"


@pytest.mark.parametrize("vendor_id", ["", ".", "..", " ", "a b", "a\nb", None, True, ["x"], "x" * 201])
def test_what_cannot_be_asked_for_is_no_id(vendor_id: object) -> None:
    with pytest.raises(ValueError, match="no usable id"):
        lia().summary(an_order(id=vendor_id))


def test_a_base_url_may_end_in_the_documented_prefix() -> None:
    http = Lia().connect(base_url=f"{BASE}/external_api/v1/", credentials={"token": TOKEN})
    assert http.base_url == BASE


# What comes back


@responses.activate
def test_a_success_may_be_a_dead_order() -> None:
    """Trap: success answer, dead order. Saved is nothing one may conclude from a 200."""
    responses.put(ORDER_URL, json=a_canceled_order(customer_name="Elis Sabiá"))
    reply = put()
    assert reply.found is not None
    said = lia().aftermath(an_order(), reply.found.raw)
    assert "canceled the order for good" in said
    assert "analysis_denied — Dado inconsistente" in said
    assert "denied (invalid_data), 2 Mar 2026, 18:26:48 UTC-03:00" in said


@responses.activate
@pytest.mark.parametrize("status", [400, 409, 422])
@pytest.mark.parametrize(
    ("body", "message", "field"),
    [
        ('{"errors":{"email":["is invalid"]}}', "email: is invalid", "email"),
        ('{"errors":{"address":{"zipcode":["is invalid"]}}}', "address.zipcode: is invalid", "address.zipcode"),
        ('{"errors":["no"]}', "no", ""),
        ('{"error":"no way"}', "no way", ""),
        ('{"message":"no way"}', "no way", ""),
        ("", "without a reason", ""),
        ("<html>no</html>", "without a reason", ""),
        ('"no"', "without a reason", ""),
        ('{"errors":null,"error":7}', "without a reason", ""),
    ],
)
def test_a_refusal_is_one_whatever_its_body_looks_like(status: int, body: str, message: str, field: str) -> None:
    """Trap: how a refusal looks is documented nowhere, neither after charging nor otherwise."""
    responses.put(ORDER_URL, body=body, status=status)
    with pytest.raises(Rejected) as refused:
        put()
    assert message in refused.value.issues[0].message
    assert refused.value.issues[0].field == field
    assert refused.value.answer is not None
    assert refused.value.answer.status == status


@responses.activate
def test_too_many_requests_is_a_no_with_a_time_to_wait() -> None:
    responses.put(ORDER_URL, status=429, headers={"Retry-After": "7"})
    with pytest.raises(Rejected) as refused:
        put()
    assert refused.value.retry_after == 7


@responses.activate
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, ""),
        (200, "[]"),
        (200, "{}"),
        (200, '{"id":"another"}'),
        (200, "<html>"),
        (204, ""),
        (302, ""),
        (500, "{}"),
    ],
)
def test_whatever_is_no_order_may_have_been_applied(status: int, body: str) -> None:
    responses.put(ORDER_URL, body=body, status=status)
    with pytest.raises(Unreachable) as lost:
        put()
    assert lost.value.sent


@responses.activate
def test_a_put_whose_answer_is_lost_is_never_repeated() -> None:
    """Trap: a timed-out PUT may have succeeded or canceled the order."""
    responses.put(ORDER_URL, body=requests.exceptions.ReadTimeout())
    with pytest.raises(Unreachable) as lost:
        put()
    assert lost.value.sent
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize(("status", "error"), [(401, AccountRefused), (403, AccountRefused), (404, OrderGone)])
def test_a_wrong_token_and_a_missing_order_are_told_apart(status: int, error: type[Exception]) -> None:
    responses.put(ORDER_URL, status=status)
    with pytest.raises(error):
        put()


# Reading


@responses.activate
def test_one_order_is_one_get() -> None:
    responses.get(ORDER_URL, json=an_order())
    assert lia().order(ORDER_ID).raw["id"] == ORDER_ID
    assert len(responses.calls) == 1


@responses.activate
def test_an_order_that_lia_does_not_know_is_gone() -> None:
    responses.get(ORDER_URL, status=404, json={"error": "not found"})
    with pytest.raises(OrderGone):
        lia().order(ORDER_ID)


@responses.activate
@pytest.mark.parametrize("body", ["[]", "null", "7", "{}"])
def test_what_is_no_order_is_not_read_as_one(body: str) -> None:
    responses.get(ORDER_URL, body=body)
    with pytest.raises(Unreachable):
        lia().order(ORDER_ID)


@responses.activate
def test_without_the_option_no_list_is_asked_for() -> None:
    assert list(lia().batches()) == []
    assert len(responses.calls) == 0


@responses.activate
@pytest.mark.parametrize("wrap", [lambda page: {"results": page}, lambda page: {"data": page}, lambda page: page])
def test_the_list_is_walked_to_its_end_in_any_wrapping(wrap: Any) -> None:
    pages = {1: [an_order(id="a"), an_order(id="b")], 2: [an_order(id="c")], 3: []}
    for number, page in pages.items():
        query = {"page": str(number), "per_page": "100"}
        responses.get(LIST, json=wrap(page), match=[matchers.query_param_matcher(query)])
    found = [one.raw["id"] for batch in lia(list_orders=True).batches() for one in batch.found]
    assert found == ["a", "b", "c"]


@responses.activate
def test_a_list_that_ignores_its_page_ends_all_the_same() -> None:
    responses.get(LIST, json=[an_order(id="a"), "no order"])
    batches = list(lia(list_orders=True).batches())
    assert [one.raw["id"] for batch in batches for one in batch.found] == ["a"]
    assert batches[0].problems == ["Page 1: an entry is no object."]
    assert len(responses.calls) == 2


@responses.activate
@pytest.mark.parametrize("body", ['{"orders":[]}', "null", '{"results":{}}'])
def test_a_list_of_another_form_is_no_empty_list(body: str) -> None:
    responses.get(LIST, body=body)
    with pytest.raises(Unreachable):
        list(lia(list_orders=True).batches())


@responses.activate
def test_the_connection_is_tried_with_a_call_that_is_documented() -> None:
    responses.get(f"{BASE}/external_api/v1/webhook_deliveries", json={"data": []})
    lia().ping()
    responses.get(f"{BASE}/external_api/v1/webhook_deliveries", status=401)
    responses.remove("GET", f"{BASE}/external_api/v1/webhook_deliveries")
    responses.get(f"{BASE}/external_api/v1/webhook_deliveries", status=401)
    with pytest.raises(AccountRefused):
        lia().ping()


# The account


@pytest.mark.parametrize(
    ("base_url", "token", "fits"),
    [
        ("https://external-api.lia.com.br", "production_x", True),
        ("https://external-api.lia.com.br", "sandbox_x", False),
        ("https://platform-api-sandbox.lia.com.br", "sandbox_x", True),
        ("https://platform-api-sandbox.lia.com.br", "production_x", False),
        ("http://127.0.0.1:8001/lia", "sandbox_x", True),
        ("https://proxy.example.com", "production_x", True),
    ],
)
def test_a_token_is_not_used_against_the_other_world(base_url: str, token: str, fits: bool) -> None:
    said = Lia.check_account(base_url=base_url, credentials={"token": token})
    assert (said == []) is fits
    assert token not in " ".join(said)


# What an agent sees


def words(raw: dict[str, Any]) -> dict[str, str]:
    return {entry.label: entry.text(entry.current(raw)) for entry in lia().shown(raw)}


def test_money_is_integer_cents_and_times_keep_their_zone() -> None:
    """Trap: money is integer cents; timestamps carry -03:00 and end-of-day due dates."""
    said = words(a_charged_order())
    assert said["Amount"] == "BRL 1,995.21"
    assert said["Created"] == "2 Mar 2026, 10:00 UTC-03:00"
    assert said["Charges"].splitlines() == [
        "waiting_payment, BRL 1,995.21, in 2 instalments, due on day 25",
        "· down_payment, pending, BRL 997.61, due 2026-03-10",
    ]


@pytest.mark.parametrize(
    ("cents", "said"), [(0, "BRL 0.00"), (5, "BRL 0.05"), (-199521, "BRL -1,995.21"), (None, ""), ("12", "12")]
)
def test_cents_are_never_rounded(cents: object, said: str) -> None:
    assert words(an_order(amount_cents=cents))["Amount"] == said


def test_contacts_are_objects_or_strings() -> None:
    """Trap: the contact type flips between string and object across doc generations."""
    plain = words(an_order(email="dandara@example.com", phone="5512900001234"))
    around = words(an_order())
    assert plain["E-mail"] == around["E-mail"] == "dandara@example.com"
    assert plain["Phone"] == around["Phone"] == "+5512900001234"


def test_words_that_no_page_documents_are_shown_as_they_are() -> None:
    """Trap: kinds and reasons grow."""
    newer = [{"kind": "biometry", "status": "under_review", "denied_reason": "blurred"}]
    said = words(an_order(status="on_hold", cancelation_reason="new_reason", analyses=newer, checkout_type="kiosk"))
    assert said["Status"] == "on_hold"
    assert said["Canceled because"] == "new_reason"
    assert said["Analyses"] == "biometry, under_review, blurred"
    assert said["Checkout type"] == "kiosk"


def test_the_translated_reason_stands_beside_the_code_and_replaces_it_nowhere() -> None:
    """Trap: the translated reason is not a translation of the code."""
    said = words(a_canceled_order())
    assert said["Canceled because"] == "analysis_denied"
    assert said["Reason in words"] == "Dado inconsistente"


def test_no_analyses_are_normal() -> None:
    """Trap: empty analyses are normal (sandbox bypass), not an error or "pending"."""
    assert words(an_order(analyses=[]))["Analyses"] == ""
    said = lia().aftermath(an_order(), a_canceled_order(analyses=[]))
    assert "analysis of identity" not in said
    assert "canceled the order for good" in said


def test_older_shapes_of_an_order_are_read() -> None:
    old = {key: value for key, value in an_order().items() if key not in {"amount_cents", "offers", "root_billing"}}
    assert words(old)["Amount"] == ""
    assert lia().summary(old).vendor_id == ORDER_ID


def test_the_newest_identity_analysis_counts_and_not_the_first_one_found() -> None:
    """Trap: several identity analyses per order."""
    approved = {
        **DENIED,
        "id": "an-0",
        "status": "approved",
        "denied_reason": None,
        "created_at": "2026-01-01T00:00:00Z",
    }
    other = {**DENIED, "id": "an-x", "kind": "financial", "status": "failed", "created_at": "2026-12-01T00:00:00Z"}
    undated = {"id": "an-y", "kind": "identity", "status": "approved"}
    for analyses in ([approved, DENIED, other, undated], [undated, other, DENIED, approved]):
        said = lia().aftermath(an_order(), a_canceled_order(analyses=analyses))
        assert "denied (invalid_data)" in said


def test_an_order_that_was_canceled_before_has_no_aftermath() -> None:
    assert lia().aftermath(a_canceled_order(), a_canceled_order()) == ""
    assert lia().aftermath(an_order(), an_order(status="finished")) == ""


def test_the_summary_says_what_a_list_needs() -> None:
    summary = lia().summary(an_order(billings=[BILLING]))
    assert summary.number == ORDER_ID
    assert summary.title == "Dandara Jabuticaba"
    assert summary.note == "charged"
    assert summary.created_at is not None
    assert summary.created_at.isoformat() == "2026-03-02T13:00:00.050000+00:00"
    assert {"dandara@example.com", "5512900001234", "00000012360"} <= set(summary.search)
    assert lia().summary(a_canceled_order()).note == "analysis_denied"
    assert lia().summary(a_charged_order(status="finished")).note == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"  {ORDER_ID} ", ORDER_ID),
        (f"https://pague.lia.com.br/escola/pedido?order_id={ORDER_ID}", ORDER_ID),
        (f"https://pague.lia.com.br/escola/pedido?utm=x&order_id={ORDER_ID}#top", ORDER_ID),
        (f"https://parceiro.lia.com.br/painel/pedidos/{ORDER_ID}/", ORDER_ID),
        ("12345", "12345"),
        ("two words", ""),
        ("https://pague.lia.com.br/", ""),
        ("https://[broken", ""),
        ("../x", "../x"),
        ("", ""),
    ],
)
def test_an_id_is_taken_from_what_was_pasted(text: str, found: str) -> None:
    assert lia().id_in(text) == found
