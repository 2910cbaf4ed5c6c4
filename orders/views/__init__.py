"""What a browser may ask of the desk: a view makes one call and translates its answer into a page.

listing   all orders: search, filters, pages
history   all edits, for supervisors
exports   the history as files
accounts  all accounts, and how far the copy of each is
order     one order, one edit
editing   the form of an edit: type, review, send, take back
sitting   one person at that form, and what its pages show
attention what needs a person
reverting the fields of an edit that are put back
preferences what people choose for themselves
hooks     what vendors send by themselves
"""
