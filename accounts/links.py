"""Moved to core.links."""

from core.links import link

__all__ = ["link"]
