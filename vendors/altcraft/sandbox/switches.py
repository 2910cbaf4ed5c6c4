"""What Altcraft's pages leave open, as switches. The first setting of each is the default."""

from vendors.sandbox.switches import Switch

SWITCHES: dict[str, Switch] = {
    # Every call
    "failure_http": Switch(settings=("200", "same", "400"), about="the HTTP status of an answer whose error is not 0"),
    "unknown_token": Switch(settings=("401", "403"), about="the error for a token that nobody has"),
    "header_auth": Switch(settings=("yes", "no"), about="whether a Bearer header does instead of a token in the body"),
    "rights": Switch(
        settings=("all", "read_only", "no_market"), about="what the token's role covers: orders are read, and changed"
    ),
    "tariff": Switch(settings=("free", "reached"), about="whether the tariff's limit is reached"),
    "success_text": Switch(settings=("documented", "empty"), about="the text of a success, which differs by method"),
    "unknown_parameter": Switch(settings=("ignore", "reject"), about="a parameter that no page shows"),
    "content_type": Switch(settings=("with_charset", "bare"), about="whether application/json may name a charset"),
    # Reading
    "last_page": Switch(
        settings=("no_pointer", "empty_page", "empty_pointer", "repeated"),
        about="how a list ends: without a pointer, with one to an empty page, with an empty one, with its own",
    ),
    "empty_list": Switch(settings=("[]", "null"), about="how no entries at all are written"),
    "list_order": Switch(settings=("oldest_first", "newest_first"), about="the order of the list of orders"),
    "default_limit": Switch(settings=("100",), number=True, about="entries a page, where no limit is sent"),
    "largest_limit": Switch(settings=("1000",), number=True, about="the largest page"),
    "limit_above": Switch(settings=("clamp", "reject"), about="a limit above the largest"),
    "unknown_endpoint": Switch(settings=("empty", "error"), about="a list of orders of a touchpoint that is not there"),
    "line_status": Switch(settings=("hidden", "shown"), about="whether the list shows the status of a line"),
    "optional_keys": Switch(settings=("absent", "null"), about="tags and region of an order that has none"),
    "custom_fields": Switch(settings=("{}", "[]"), about="how no custom fields at all are written"),
    "money": Switch(settings=("minor", "major"), about="what amounts in the list are in: cents, or the currency"),
    "get_status_result": Switch(settings=("object", "array"), about="the result of get_status"),
    "lag_ms": Switch(settings=("0",), number=True, about="how long reads show what was before a change"),
    # Changing
    "unknown": Switch(settings=("400", "404", "500"), about="the error for an order, line or status that is not there"),
    "transitions": Switch(settings=("any", "terminal_locked"), about="whether delivered, refunded, canceled are final"),
    "same_status": Switch(settings=("ok", "error"), about="a line that has the status already"),
    "same_status_message": Switch(settings=("sent", "not_sent"), about="whether that messages the customer again"),
    "line_moves_order": Switch(
        settings=("no", "all_delivered"), about="whether an order whose lines are all delivered is delivered itself"
    ),
    "delete": Switch(
        settings=("new", "old"), about="erased by either id; or flagged by the number, and with_fire erases"
    ),
    "import_existing": Switch(settings=("replace", "merge", "refuse"), about="an import of an order that is there"),
}
