"""What higher floors copy from accounts and must follow at once.

`account_moved(account, actor)`: the account has another manager or department. Sent inside the
transaction of the transfer.
"""

from django.dispatch import Signal

account_moved = Signal()
