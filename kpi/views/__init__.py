"""The pages of this floor, one file a page."""
