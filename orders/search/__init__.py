"""One search box over all orders, quick on a million of them.

folding     text as it is kept and looked for: without case and accents, every word after two spaces
reading     what somebody typed, as words, digits, or a list of numbers
conditions  what matches, exactly: the same on every database
sqlite      an index of three-letter pieces (FTS5), and the list of orders that it does not know yet
postgresql  an index of three-letter pieces (pg_trgm)
index       whichever of the two this desk has

The index only ever narrows down: what is shown is decided by the conditions, so that it can never say something wrong.
"""
