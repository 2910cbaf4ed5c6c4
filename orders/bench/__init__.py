"""How fast the desk is, as ratios of two figures of one run: ours beside a floor, or beside what is usually written.

goals      what is wanted, and in which direction
timing     ours and the reference alternately, and whether the machine was quiet enough to judge
scratch    throw-away databases
data       deterministic orders and edits
references floors and peers: they live here alone
pages      lists, search and history in the browser's path
exporting  the history as a file
vendor     a vendor that answers from memory, as fast as it can or as slowly as it is told
mirroring  syncs
editing    one edit, and many agents at a slow vendor
"""
