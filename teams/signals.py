"""What higher floors copy from the organisation and must follow at once.

`unit_moved(unit_ids, actor)`: these units have a new place in the tree or another division.
`person_moved(user, actor)`: this person now belongs to another unit.
Both are sent inside the transaction of the move.
"""

from django.dispatch import Signal

unit_moved = Signal()
person_moved = Signal()
