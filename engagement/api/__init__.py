"""Engagement over the API, by noun."""
