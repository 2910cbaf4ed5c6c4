"""A strict fake of Caliq: its documented HTTP, its documented rules, and switches for what it leaves open."""

from vendors.caliq.sandbox.simulator import CaliqSimulator

__all__ = ["CaliqSimulator"]
