"""An edit over which one process after another dies, as out of memory, is neither tried for ever nor forgotten.

While somebody holds it, it is nothing that waits: without an end nobody would ever be told of it.
"""

from orders.models import Edit
from orders.services.concluding import ask_a_person
from orders.services.transitions import move
from orders.states import State

# Deaths in a row over one edit in one state; about two minutes pass with them. Once or twice is bad luck: whoever kills
# workers meets whatever they hold. A worker that is killed every eight seconds holds an edit for a second of them, so
# that one in eight is met while it is checked: by the tenth time hardly one in a thousand million is left.
MOST_TAKEOVERS = 10


def is_deadly(edit: Edit) -> bool:
    """Whether an edit that was just claimed had better not be tried again. One that was being sent is not tried."""
    return edit.takeovers > MOST_TAKEOVERS and edit.state != State.SENDING


def give_up(edit: Edit) -> None:
    """End it as not sent, or leave it to a person where it may have been. Its lock is given back like any that is left.

    Raises Superseded.
    """
    stopped = f"The desk stopped {edit.takeovers} times while it"
    if edit.state in {State.ACCEPTED, State.CHECKING}:
        move(
            edit,
            State.NOT_SENT,
            explanation=f"{stopped} prepared this edit, so it was given up. Nothing was sent.",
            note=f"{stopped} prepared this edit.",
        )
    else:
        ask_a_person(
            edit, {}, f"{stopped} looked at the order, so it does not look again: see what became of the edit."
        )
