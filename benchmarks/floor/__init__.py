"""The floor: the least that Django and DRF need for the same work, on the same data."""
