"""Planted bugs: whether the checker of a trial notices what it is there to notice."""
