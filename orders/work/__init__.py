"""The worker: one process that does the background work, whatever engine hands it over. `manage.py work` starts it.

crew        threads that each do one job at a time
database    takes tasks from the table that the pages have put them into
broker      takes tasks from a broker, as Celery delivers them
supervisor  finds by itself what is due: edits that no task came for, schedules, what dead workers left
running     the whole of it, from its start to its end
"""
