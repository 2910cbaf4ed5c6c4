"""Django's engine for SQLite, with a queue in front of the database's single writer."""
