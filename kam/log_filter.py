"""What never stands in a log."""

import logging
import re

LINK = re.compile(r"/(s|u)/[A-Za-z0-9_-]{20,}")


class HideLinks(logging.Filter):
    """The secret part of the address of a survey, or of the page to unsubscribe."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except (TypeError, ValueError):
            return True
        if LINK.search(said):
            record.msg, record.args = LINK.sub(r"/\1/…", said), ()
        return True
