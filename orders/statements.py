"""The statements that exports are made with: the database puts an edit into cells by itself.

Each stands around a SELECT of edits, `{page}`, and gives the id of an edit first and the moment of its making last.
"""

from functools import cache

from orders.states import BY_HAND, State
from orders.templatetags.desk import state_word

_JOINED = """
    FROM ({page}) AS page
    JOIN orders_order AS its_order ON its_order.id = page.order_id
    JOIN vendors_vendoraccount AS account ON account.id = page.account_id
    ORDER BY page.created_at DESC, page.id DESC
"""
IN_FULL = f"""
    SELECT page.id, SUBSTR(CAST(page.created_at AS VARCHAR), 1, 19), page.author_name, account.name, its_order.number,
        its_order.vendor_id, its_order.title, page.state, page.landed, page.reason, page.ticket, page.explanation,
        page.changes, page.answer, account.vendor, page.created_at
    {_JOINED}
"""


@cache
def as_cells(vendor: str) -> str:
    """The statement for an export as cells, in the tongue of "sqlite" or "postgresql"."""
    cells = {
        "edit": "page.id",
        # PostgreSQL's connections speak UTC, SQLite keeps it.
        "when_utc": "SUBSTR(CAST(page.created_at AS VARCHAR), 1, 19)",
        "who": _defused("page.author_name", vendor),
        "account": _defused("account.name", vendor),
        "order": _defused("its_order.number", vendor),
        "order_id": _defused("its_order.vendor_id", vendor),
        "title": _defused("its_order.title", vendor),
        "fields": "page.labels",
        "changes": "page.told",
        "reason": _defused("page.reason", vendor, _one_line("page.reason", vendor)),
        "ticket": _defused("page.ticket", vendor, _one_line("page.ticket", vendor)),
        "outcome": _outcome(vendor),
        "explanation": _defused("page.explanation", vendor, _one_line("page.explanation", vendor)),
    }
    named = ", ".join(f'{cell} AS "{name}"' for name, cell in cells.items())
    return f"SELECT {named}, page.created_at {_JOINED}"


def _outcome(vendor: str) -> str:
    finds = "STRPOS" if vendor == "postgresql" else "INSTR"
    missing = " OR ".join(f"""{finds}(page.landed, '"landed":"{word}"') > 0""" for word in ("no", "other"))
    words = " ".join(f"WHEN '{state.value}' THEN '{state_word(state)}'" for state in State)
    return (
        f"CASE WHEN page.state = '{State.APPLIED}' AND ({missing}) "
        f"AND SUBSTR(page.explanation, 1, {len(BY_HAND)}) <> '{BY_HAND}' THEN 'Applied in part' "
        f"ELSE CASE page.state {words} ELSE page.state END END"
    )


def _one_line(text: str, vendor: str) -> str:
    """A text without line breaks, tabs and, where the database can, whatever else is not to be seen."""
    if vendor == "postgresql":
        spans = [(1, 31), (127, 159), (0x202A, 0x202E), (0x2066, 0x2069)]
        unseen = "".join(chr(code) for first, last in spans for code in range(first, last + 1))
        pattern = "".join(rf"\u{first:04x}-\u{last:04x}" for first, last in spans)
        legible = f"TRANSLATE({text}, '{unseen}', '{' ' * len(unseen)}')"
        return f"CASE WHEN {text} ~ '[{pattern}]' THEN {legible} ELSE {text} END"
    return f"REPLACE(REPLACE(REPLACE({text}, CHAR(10), ' '), CHAR(13), ' '), CHAR(9), ' ')"


def _defused(text: str, vendor: str, shown: str = "") -> str:
    """A text, or what is shown of it, that no spreadsheet takes for a formula.

    Most are known by their first character to be none.
    """
    shown = shown or text
    bytewise = f'{text} COLLATE "C"' if vendor == "postgresql" else text
    harmless = " OR ".join(
        f"({bytewise} >= '{first}' AND {bytewise} < '{end}')"
        for first, end in (("0", "="), ("A", "\x7f"), ("Ā", "\u2000"))
    )
    led = f"SUBSTR(LTRIM({text}, '\u00a0\u200b\ufeff \t\r\n\"'''), 1, 1)"
    signs = ", ".join(f"'{sign}'" for sign in "=+-@＝＋－＠")
    breaks = ", ".join(f"'{sign}'" for sign in "\t\r\n")
    return (
        f"CASE WHEN {text} = '' OR {harmless} THEN {shown} "
        f"WHEN {led} IN ({signs}) OR SUBSTR({text}, 1, 1) IN ({breaks}) THEN '''' || {shown} ELSE {shown} END"
    )
