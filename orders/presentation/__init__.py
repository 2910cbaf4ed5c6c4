"""What the pages of an order show, as plain data for templates. No call is made here, and nothing is written.

document   an order as sections of rows, each value in words
contrast   an old value beside a new one, with what differs marked
landing    field by field, what was asked for and what the order says now
news       what the vendor changed by itself
relation   which edit reverts which
reversal   what putting an edit back would mean
outcome    what came of an edit: a verb first, then what to do next
"""

from orders.presentation.contrast import Contrast, contrast
from orders.presentation.document import Row, Section, hides_documents, may_see, pretty, reason_for_all, sections_of
from orders.presentation.news import News, news_of
from orders.presentation.outcome import Card, card_of, hue_of, word_of

__all__ = [
    "Card",
    "Contrast",
    "News",
    "Row",
    "Section",
    "card_of",
    "contrast",
    "hides_documents",
    "hue_of",
    "may_see",
    "news_of",
    "pretty",
    "reason_for_all",
    "sections_of",
    "word_of",
]
