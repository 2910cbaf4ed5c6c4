"""A strict fake of Liner: its documented HTTP, its documented rules, and switches for what it leaves open."""

from vendors.liner.sandbox.simulator import LinerSimulator

__all__ = ["LinerSimulator"]
