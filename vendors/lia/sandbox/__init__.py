"""A strict fake of Lia: what its pages document, what their examples show, and switches for what they leave open."""

from vendors.lia.sandbox.simulator import LiaSimulator

__all__ = ["LiaSimulator"]
