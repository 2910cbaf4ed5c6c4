"""What an edit's answer means: yes, no, or nothing that may be believed."""

import json
from typing import Any

import pytest
import responses

from tests.vendors.caliq import OPTIONS
from vendors.caliq.vendor import Caliq
from vendors.contract import Request
from vendors.errors import AccountRefused, Issue, Rejected, Unreachable

URL = "https://caliq.invalid/api/v1/OrderEdit"
WHO = {"EventID": 7, "AccountNo": "MILL316", "CustomerID": 316}
LINES = [{"LineID": 41, "Quantity": 3}, {"LineID": 52, "Quantity": 1, "UnitPrice": 2}]
NEW = {"ProductCode": "TAP-CHR", "Quantity": 2, "UnitPrice": 10}


@pytest.fixture
def wired() -> Caliq:
    messages = [{"value": 9025, "label": "Quantity must be 1 or more."}, {"value": 17, "label": "Not now."}]
    vendor = Caliq(options=dict(OPTIONS), lists={"messages": messages})
    vendor.http = vendor.connect(base_url="https://caliq.invalid", credentials={"api_key": "a-key-of-the-tests"})
    return vendor


def request(**changes: Any) -> Request:
    return Request(method="POST", path="/api/v1/OrderEdit", body={**WHO, **changes})


def answered(ok: Any, *issues: Any) -> dict[str, Any]:
    return {"OrderEditData": {"OK": ok, "OrderEditIssues": list(issues)}}


def refused(wired: Caliq, *issues: Any, **sent: Any) -> tuple[Issue, ...]:
    responses.post(URL, json=answered(False, *issues))
    with pytest.raises(Rejected) as refusal:
        wired.send(request(**sent), "91")
    assert refusal.value.answer is not None
    assert refusal.value.answer.status == 200
    return refusal.value.issues


def said(message: str, extra: str = "", id_: int = 1) -> dict[str, Any]:
    return {"ID": id_, "Message": message, "ExtraData": extra}


# Yes and no


@responses.activate
def test_an_edit_is_sent_once_with_lock_and_key(wired: Caliq) -> None:
    responses.post(URL, json=answered(True))
    reply = wired.send(request(CustomerPONumber="X"), "91")
    (call,) = responses.calls
    assert json.loads(call.request.body or b"") == {
        **WHO,
        "CustomerPONumber": "X",
        "LockID": 91,
        "apiKey": "a-key-of-the-tests",
    }
    assert (reply.answer.status, reply.found, list(reply.warnings)) == (200, None, [])


@responses.activate
@pytest.mark.parametrize("hold", ["", "asked", "-1", "1.5"])
def test_nothing_is_sent_without_a_lock(wired: Caliq, hold: str) -> None:
    with pytest.raises(Unreachable) as failure:
        wired.send(request(CustomerPONumber="X"), hold)
    assert failure.value.sent is False
    assert not responses.calls


@responses.activate
def test_ok_false_with_200_is_a_refusal(wired: Caliq) -> None:
    (issue,) = refused(wired, said("No.", "because"), CustomerPONumber="X")
    assert (issue.message, issue.code, issue.detail) == ("No.", "1", "because")


@responses.activate
@pytest.mark.parametrize("issues", [[], None, "none", {"OrderEditIssue": []}])
def test_a_refusal_without_issues_is_a_refusal(wired: Caliq, issues: Any) -> None:
    responses.post(URL, json={"OrderEditData": {"OK": False, "OrderEditIssues": issues}})
    with pytest.raises(Rejected, match="without a reason"):
        wired.send(request(CustomerPONumber="X"), "91")


@responses.activate
def test_issues_with_ok_true_are_warnings(wired: Caliq) -> None:
    responses.post(URL, json=answered(True, said("Carriage was rounded.")))
    reply = wired.send(request(Carriage=1), "91")
    assert [(issue.message, issue.field) for issue in reply.warnings] == [("Carriage was rounded.", "Carriage")]


@responses.activate
def test_every_issue_is_told(wired: Caliq) -> None:
    issues = refused(wired, said("One."), said("Two."), said("Three."), CustomerPONumber="X")
    assert [issue.message for issue in issues] == ["One.", "Two.", "Three."]


@responses.activate
def test_issues_may_be_wrapped_as_in_xml(wired: Caliq) -> None:
    responses.post(
        URL, json={"OrderEditData": {"OK": False, "OrderEditIssues": {"OrderEditIssue": [said("Wrapped.")]}}}
    )
    with pytest.raises(Rejected, match="Wrapped"):
        wired.send(request(CustomerPONumber="X"), "91")


@responses.activate
def test_the_id_of_an_issue_is_looked_up(wired: Caliq) -> None:
    bare, both, unknown = refused(
        wired, said("", "line 41", 9025), said("Too early.", "", 17), said("", "", 4), OrderNotes="x"
    )
    assert (bare.message, bare.detail, bare.code) == ("Quantity must be 1 or more.", "line 41", "9025")
    assert (both.message, both.detail) == ("Too early.", "Not now.")
    assert (unknown.message, unknown.code) == ("Caliq names no reason.", "4")


@responses.activate
def test_hostile_issues_are_shortened_and_made_legible(wired: Caliq) -> None:
    issues = refused(
        wired,
        said("x" * 9000, "\x00\u202e"),
        "only a text",
        {"ID": {"a": 1}, "Message": ["b"], "ExtraData": 5},
        None,
        *[said("many")] * 90,
        CustomerPONumber="X",
    )
    assert len(issues) < 50
    assert len(issues[0].message) == 500
    assert "\x00" not in issues[0].detail
    assert "\u202e" not in issues[0].detail
    assert issues[1].message == "only a text"


# What may not be believed


@responses.activate
@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        "OK",
        {"OrderEditData": None},
        {"OrderEditData": {}},
        {"OrderEditData": {"OK": None}},
        {"OrderEditData": {"OK": "true"}},
        {"OrderEditData": {"OK": 1}},
        {"OK": True},
    ],
)
def test_an_answer_of_another_form_proves_nothing(wired: Caliq, body: Any) -> None:
    responses.post(URL, json=body)
    with pytest.raises(Unreachable) as failure:
        wired.send(request(CustomerPONumber="X"), "91")
    assert failure.value.sent
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize(
    "answer",
    [
        {"status": 204},
        {"status": 202, "json": answered(True)},
        {"status": 400},
        {"status": 400, "json": answered(False)},
        {"status": 404, "body": "<html>"},
        {"status": 500, "json": answered(False)},
        {"status": 503},
        {"status": 200, "body": "<html>Sign in</html>"},
        {"status": 200, "body": b'{"OrderEditData":{"OK":true'},
        {"status": 302, "headers": {"Location": "https://elsewhere.invalid/"}},
    ],
)
def test_whatever_is_not_documented_is_unknown_and_never_sent_again(wired: Caliq, answer: dict[str, Any]) -> None:
    responses.post(URL, **answer)
    with pytest.raises(Unreachable) as failure:
        wired.send(request(CustomerPONumber="X"), "91")
    assert failure.value.sent
    assert len(responses.calls) == 1


@responses.activate
def test_a_wrong_key_is_told_apart(wired: Caliq) -> None:
    responses.post(URL, status=401)
    with pytest.raises(AccountRefused):
        wired.send(request(CustomerPONumber="X"), "91")


# Where an issue belongs


@responses.activate
@pytest.mark.parametrize(
    ("message", "extra", "place"),
    [
        ("CustomerPONumber is too long.", "", "CustomerPONumber"),
        ("The PO number is mandatory", "", "CustomerPONumber"),
        ("DeliveryRequirementDate is not a date", "", "DeliveryRequirementDate"),
        ("Bad value", "DeliveryRequirement", "DeliveryRequirement"),
        ("The despatch method does not exist.", "99", "DespatchMethodID"),
        ("carriage must not be negative", "", "Carriage"),
        ("The order is on hold", "", "CustomerHold"),
        ("Country is not known.", "XXX", "EditDeliveryAddress.Country"),
        ("A direct delivery needs Line1.", "", "EditDeliveryAddress.Line1"),
        ("Quantity must be 1 or more.", "41", "OrderEditLines.41.Quantity"),
        ("The order line cannot be edited.", "41", "OrderEditLines.41.Quantity"),
        ("Line 52: the price is too low", "", "OrderEditLines.52.UnitPrice"),
        ("Line 52: quantity", "", "OrderEditLines.52.Quantity"),
        ("The product does not exist.", "TAP-CHR", "OrderEditLines.+"),
        ("Quantity must be 1 or more.", "999", ""),
        ("The order cannot be edited.", "", ""),
        ("Something about holdings and carriages", "", ""),
    ],
)
def test_an_issue_stands_at_the_field_it_names(wired: Caliq, message: str, extra: str, place: str) -> None:
    sent = {
        "EditDeliveryAddress": {"Line1": "1 Mill Lane", "Country": "XXX"},
        "OrderEditLines": {"OrderEditLine": [*LINES, NEW]},
    }
    (issue,) = refused(wired, said(message, extra), **sent)
    assert issue.field == place


@responses.activate
def test_the_only_line_sent_is_the_one_meant(wired: Caliq) -> None:
    one = {"OrderEditLines": {"OrderEditLine": [LINES[0]]}}
    assert refused(wired, said("Quantity too small"), **one)[0].field == "OrderEditLines.41.Quantity"
    new = {"OrderEditLines": {"OrderEditLine": [NEW]}}
    assert refused(wired, said("Unknown product"), **new)[0].field == "OrderEditLines.+"


@responses.activate
def test_an_address_that_was_not_sent_is_not_blamed(wired: Caliq) -> None:
    assert refused(wired, said("Country is not known"), CustomerPONumber="X")[0].field == ""
