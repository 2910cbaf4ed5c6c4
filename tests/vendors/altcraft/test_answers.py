"""What the answer to an update means: yes, no, or nothing that may be believed."""

import json
from typing import Any

import pytest
import responses

from tests.vendors.altcraft.conftest import API
from vendors.altcraft.vendor import Altcraft
from vendors.contract import Request
from vendors.errors import AccountRefused, Rejected, Unreachable

URL = f"{API}/orders/update_order_line_status"
IDS = {
    "order_external_id": "0001234009",
    "order_line_external_id": "line_01",
    "status_external_id": "delivered",
}
REQUEST = Request(method="POST", path="/api/v1.1/market/orders/update_order_line_status", body=IDS)
YES = {"data": IDS, "error": 0, "error_text": "Successful operation"}


def unbelieved(wired: Altcraft, why: str) -> None:
    with pytest.raises(Unreachable, match=why) as failure:
        wired.send(REQUEST)
    assert failure.value.sent
    assert failure.value.answer is not None
    assert len(responses.calls) == 1


# Yes


@responses.activate
@pytest.mark.parametrize("text", ["Successful operation", "", None, "Ошибка"])
def test_a_yes_is_error_0_and_the_three_ids_whatever_the_text(wired: Altcraft, text: Any) -> None:
    responses.post(URL, json={**YES, "error_text": text})
    reply = wired.send(REQUEST)
    assert reply.echoed == {"lines.line_01.status"}
    assert (reply.answer.status, reply.found) == (200, None)
    (call,) = responses.calls
    assert json.loads(call.request.body or b"") == {**IDS, "token": "a-token-of-the-tests"}
    assert call.request.headers["Content-Type"] == "application/json"
    assert "token" not in str(call.request.url)


@responses.activate
@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"order_external_id": "1234009"}, "another order"),
        ({"order_line_external_id": "line_02"}, "another line"),
        ({"status_external_id": "canceled"}, "another status"),
        ({"status_external_id": "Delivered"}, "another status"),
        ({"status_external_id": None}, "another status"),
        ({"order_external_id": 1234009}, "another order"),
        ({"order_external_id": "x", "order_line_external_id": "y"}, "another order and another line"),
    ],
    ids=repr,
)
def test_a_yes_to_something_else_is_not_believed(wired: Altcraft, changed: dict[str, Any], what: str) -> None:
    responses.post(URL, json={**YES, "data": {**IDS, **changed}})
    unbelieved(wired, f"does not match: it speaks of {what}")


@responses.activate
@pytest.mark.parametrize("data", [None, [], [IDS], "delivered", 1], ids=repr)
def test_a_yes_that_repeats_nothing_is_not_believed(wired: Altcraft, data: Any) -> None:
    responses.post(URL, json={**YES, "data": data})
    unbelieved(wired, "does not repeat what was sent")


@responses.activate
def test_a_yes_without_data_is_not_believed(wired: Altcraft) -> None:
    responses.post(URL, json={"error": 0, "error_text": "Successful operation"})
    unbelieved(wired, "does not repeat")


@responses.activate
@pytest.mark.parametrize("error", ["0", "", None, False, True, 0.5, [], {}, "absent"], ids=repr)
def test_an_error_that_is_no_whole_number_says_nothing(wired: Altcraft, error: Any) -> None:
    said = {key: value for key, value in {**YES, "error": error}.items() if value != "absent"}
    responses.post(URL, json=said)
    unbelieved(wired, "should hold an error number")


@responses.activate
@pytest.mark.parametrize("body", ["", "null", "[]", '"ok"', "0"])
def test_an_answer_that_is_no_object_says_nothing(wired: Altcraft, body: str) -> None:
    responses.post(URL, body=body)
    unbelieved(wired, "not of Altcraft's form")


@responses.activate
@pytest.mark.parametrize("status", [201, 202, 206, 400, 404, 500, 502])
def test_a_yes_counts_with_http_200_only(wired: Altcraft, status: int) -> None:
    responses.post(URL, json=YES, status=status)
    unbelieved(wired, "HTTP")


# No


@responses.activate
@pytest.mark.parametrize("status", [200, 400, 404, 422])
@pytest.mark.parametrize("error", [400, 402, 404, 500, -1, 1])
def test_any_other_number_is_a_refusal_on_any_status(wired: Altcraft, status: int, error: int) -> None:
    responses.post(URL, json={"error": error, "error_text": "Order line not found", "data": IDS}, status=status)
    with pytest.raises(Rejected) as refusal:
        wired.send(REQUEST)
    (issue,) = refusal.value.issues
    assert (issue.message, issue.code) == ("Order line not found", str(error))
    assert refusal.value.answer is not None
    assert refusal.value.answer.status == status


@responses.activate
@pytest.mark.parametrize("text", ["", None, [], {}], ids=repr)
def test_a_refusal_without_words_says_so(wired: Altcraft, text: Any) -> None:
    responses.post(URL, json={"error": 400, "error_text": text})
    with pytest.raises(Rejected, match="gave no reason"):
        wired.send(REQUEST)


@responses.activate
@pytest.mark.parametrize("status", [200, 400, 403])
@pytest.mark.parametrize("error", [401, 403])
def test_a_refused_token_is_the_accounts_fault(wired: Altcraft, status: int, error: int) -> None:
    responses.post(URL, json={"error": error, "error_text": "No access"}, status=status)
    with pytest.raises(AccountRefused, match="No access"):
        wired.send(REQUEST)


@responses.activate
def test_http_401_is_the_accounts_fault_too(wired: Altcraft) -> None:
    responses.post(URL, json={"error": 401, "error_text": "Token required"}, status=401)
    with pytest.raises(AccountRefused):
        wired.send(REQUEST)


@responses.activate
def test_a_token_that_is_repeated_to_us_is_blanked(wired: Altcraft) -> None:
    responses.post(URL, json={"error": 400, "error_text": "Bad token a-token-of-the-tests"})
    with pytest.raises(Rejected) as refusal:
        wired.send(REQUEST)
    assert refusal.value.answer is not None
    assert "a-token-of-the-tests" not in str(refusal.value) + refusal.value.answer.text


# Neither


@responses.activate
@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (404, "<h1>Not Found</h1>", "nothing at this address"),
        (404, '{"detail": "Not found"}', "nothing at this address"),
        (400, '{"message": "no"}', "HTTP 400"),
        (500, '{"error": 500, "error_text": "Internal"}', "HTTP 500"),
        (503, '{"error": 400, "error_text": "Order not found"}', "HTTP 503"),
        (502, "<html>", "HTTP 502"),
        (200, "<html>", "not JSON"),
        (301, "", "redirect"),
    ],
)
def test_what_is_no_verdict_of_altcraft_leaves_the_outcome_open(
    wired: Altcraft, status: int, body: str, why: str
) -> None:
    responses.post(URL, body=body, status=status, headers={"Location": f"{API}/elsewhere"} if status == 301 else {})
    unbelieved(wired, why)


@responses.activate
def test_too_many_requests_is_no_refusal_and_says_when_to_come_back(wired: Altcraft) -> None:
    body = {"error": 429, "error_text": "Slow down"}
    responses.post(URL, json=body, status=429, headers={"Retry-After": "7"})
    with pytest.raises(Unreachable) as busy:
        wired.send(REQUEST)
    assert (busy.value.sent, busy.value.retry_after) == (True, 7.0)
