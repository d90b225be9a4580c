"""Reads of engagement, by noun. Whatever a person reads starts at `visible_to`."""
