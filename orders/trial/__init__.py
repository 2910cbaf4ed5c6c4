"""The trial: thousands of edits against simulators that fail in every way, and a verdict that trusts them alone.

fields       what is asked for, and how each wish is recognised at the vendor
wishes       one submission as it is planned and written down before it is made
mixture      the faults that a simulator draws from
desk         the database, the people and the accounts of a trial
submitting   submit as the pages do: twice in one moment, again after a crash
nursery      processes that can be killed: a warm one forks them
herd         the processes of the desk, replaced where they die
nemesis      kills, stops, changes behind our back
evidence     the simulators' journal beside the desk's rows
judging      every row against the journal
surroundings what goes on around the edits
coverage     which fault met an edit in which state
report       what is printed
running      one whole trial
"""
