"""An order as the database takes it: every column's value, in the order of the columns."""
