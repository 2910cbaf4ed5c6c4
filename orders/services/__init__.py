"""READ SECOND: everything the desk does, by use case.

mirror      take an order as a vendor shows it into the mirror
syncing     mirror all orders of an account
progress    how far a pass over them has come
garbage     fewer searches for cycles in memory meanwhile
writing     put many orders into the database in few statements
looking     look at one order again
fetching    read an order that somebody pasted the id or the address of
receiving   take in what a vendor sends by itself
drafting    turn what an agent typed into changes, or into reasons why not; preview them
submitting  accept changes as edits, once per form
sending     the sequence of an edit: check, hold, read, compare, send, look, conclude
attempts    what is written down of a send
following   the calls of one submission, one after the other
holding     the vendor's lock on an order
comparing   what was seen, what is wanted and what is shown, before a send and after it
concluding  what came of an edit, by a look
transitions the only writer of an edit's state
postponing  what waits for its vendor
differing   what a vendor changed by itself
tracing     who changed a field since somebody saw it
reporting   an edit as plain data
crediting   which changes of an order come of our edits
reverting   put back what an edit changed, by a new one
dealing     edits that came to nothing, and that somebody has seen to
opening     which edits may need a person
attending   what needs a person
preferring  what people have chosen for themselves
resolving   settle by hand what no look can settle
giving_up   end an edit over which one process after another dies
settling    find out what became of an edit whose answer was lost; take on what nobody holds
leases      hold what is worked on for as long as the process lives
pausing     what did not come off is tried again later and later
workers     which workers there are
scheduling  what is done again and again, once among all workers
passing     mirror an account while nobody else does
reconciling look again a day later; throw away what nobody needs any more
remembering what was last sent from here, for fields that a vendor never shows
"""

from orders.services.drafting import Draft, Seen, SeenInvalid, draft_changes, preview_draft, read_seen, sign_seen
from orders.services.fetching import FetchRefused, fetch_order
from orders.services.looking import look_again
from orders.services.passing import SyncBusy, sync_alone
from orders.services.receiving import receive_delivery
from orders.services.resolving import resolve_edit
from orders.services.sending import advance_edit
from orders.services.settling import advance_due_edits, settle_edit
from orders.services.submitting import EditRefused, OrderBusy, TokenReused, submit_edit, withdraw_edit
from orders.services.syncing import sync_account

__all__ = [
    "Draft",
    "EditRefused",
    "FetchRefused",
    "OrderBusy",
    "Seen",
    "SeenInvalid",
    "SyncBusy",
    "TokenReused",
    "advance_due_edits",
    "advance_edit",
    "draft_changes",
    "fetch_order",
    "look_again",
    "preview_draft",
    "read_seen",
    "receive_delivery",
    "resolve_edit",
    "settle_edit",
    "sign_seen",
    "submit_edit",
    "sync_account",
    "sync_alone",
    "withdraw_edit",
]
