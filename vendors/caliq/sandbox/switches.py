"""What Caliq's documents leave open about orders, edits and locks, each as a switch; the default first."""

from collections.abc import Mapping

from vendors.sandbox.switches import Switch

SWITCHES: Mapping[str, Switch] = {
    # Every call
    "missing_key": Switch(settings=("400", "401"), about="a body without a key"),
    "error_body": Switch(settings=("empty", "html", "json"), about="what stands in an answer of 400, 401 or 503"),
    "unknown_name": Switch(settings=("reject", "ignore"), about="a name in the body that Caliq does not document"),
    "numbers_as_text": Switch(settings=("reject", "accept"), about='a number sent as a text, such as "5"'),
    "null_number": Switch(settings=("reject", "zero"), about="null for a number that looks not nullable"),
    # Reading
    "order_wrapper": Switch(settings=("OrderList", "Orders"), about="under which name orders are listed"),
    "unread_fields": Switch(
        settings=("shown", "hidden"), about="notes, delivery requirement, despatch method and hold in the order read"
    ),
    "delivery_fields": Switch(
        settings=("all", "documented"), about="the delivery address in the order read, beyond line 1 and company"
    ),
    "line_version": Switch(settings=("newer", "older"), about="lines with QtyAllocated, or without"),
    "unknown_date": Switch(settings=("empty", "null"), about="how a date that nobody knows is written"),
    "number_without_type": Switch(settings=("400", "204"), about="lines by number without the kind of order"),
    "change_list": Switch(settings=("once", "repeated"), about="whether the change list names an order twice"),
    "country_codes": Switch(settings=("three_letters", "two_letters"), about="the codes of the country list"),
    "lag_ms": Switch(settings=("0",), number=True, about="how long reads show what was before an edit"),
    # Locks
    "lock_seconds": Switch(settings=("0",), number=True, about="after how many idle seconds a lock ends; 0 for never"),
    "second_lock": Switch(settings=("inuse", "same"), about="a lock asked for by the key that has it already"),
    "release_message": Switch(settings=("empty", "null", "text"), about="the message of a release"),
    "release_of_unknown": Switch(settings=("refused", "accepted"), about="the release of a lock that is not there"),
    "lock_without_id": Switch(settings=("400", "200"), about="a lock of nothing"),
    "lock_of_unknown": Switch(settings=("200", "400"), about="a lock of an event that does not exist"),
    "edit_releases": Switch(settings=("no", "yes"), about="whether an edit that succeeded ends the lock"),
    # Editing
    "account_required": Switch(settings=("yes", "no"), about="an edit without AccountNo, with CustomerID"),
    "too_long": Switch(settings=("400", "issue", "cut"), about="a text longer than its documented limit"),
    "null_method": Switch(settings=("reject", "keep", "zero"), about="DespatchMethodID null"),
    "omitted_method": Switch(settings=("keep", "zero"), about="DespatchMethodID left out"),
    "zero_method": Switch(settings=("keep", "accept", "issue"), about="DespatchMethodID 0"),
    "empty_string": Switch(settings=("cleared", "kept", "issue"), about="what an empty text does"),
    "date_with_a": Switch(settings=("ignore", "issue"), about="a date although delivery is as soon as possible"),
    "po_mandatory": Switch(settings=("issue", "accept"), about="no PO number, for a customer who has to have one"),
    "kept_address": Switch(
        settings=("text", "account"), about="text sent with a kept address: taken, or replaced by the account's own"
    ),
    "warehouse_closes": Switch(settings=("order", "line"), about="what of an order is closed while it is picked"),
    "product_change": Switch(settings=("issue", "ignore"), about="a product sent for a line that is there"),
    "kit_items": Switch(settings=("issue", "accept"), about="an item of a kit, edited on its own"),
    "zero_quantity": Switch(settings=("issue", "removed", "kept"), about="quantity 0 for a line that is there"),
    "reprices": Switch(settings=("no", "yes"), about="whether another quantity means another price"),
    "new_line_price": Switch(settings=("issue", "list", "zero"), about="a new line without a price"),
    "unsellable": Switch(settings=("issue", "accept"), about="a new line of a product that is not sold"),
    "failed_edit": Switch(settings=("nothing", "partial"), about="the good parts of an edit that fails"),
    "warnings": Switch(settings=("none", "always"), about="issues in an answer that says yes"),
    "issue_text": Switch(settings=("message", "id_only"), about="whether an issue carries words beside its id"),
}
