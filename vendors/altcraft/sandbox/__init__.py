"""A strict fake of Altcraft's Market API: its documented HTTP and rules, and switches for what it leaves open."""

from vendors.altcraft.sandbox.simulator import AltcraftSimulator

__all__ = ["AltcraftSimulator"]
