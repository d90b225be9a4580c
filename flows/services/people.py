"""Who is asked: the rules of `who`, with stand-ins, own requests and the last resort."""

from dataclasses import dataclass, replace

from django.utils import timezone

from accounts.models import Account, ServedAccount
from flows.checking import RULE
from flows.models import ItemState
from teams.models import Pool, Post, User, VirtualTeam
from teams.selectors import administrators, holders_near, people_of_pool
from teams.services import ensure_administrators_pool, ensure_post_pool

MANY = frozenset({"all", "in_order", "n_of_m"})


@dataclass(frozen=True)
class Seat:
    """One who is asked: a person or a pool. `reads`: the item lets them read the subject;
    `instead_of` is whom they stand in for."""

    user: User | None = None
    pool: Pool | None = None
    reads: bool = True
    instead_of: User | None = None

    @property
    def key(self):
        return ("user", self.user.pk) if self.user else ("pool", self.pool.pk)


class Finder:
    """Resolves the rules of one step for one run."""

    def __init__(self, move, step):
        self.move, self.step, self.run = move, step, move.run
        self.today = timezone.localdate(move.now)

    def seats(self) -> list[Seat]:
        """Whom the step asks: each person once; the administrators where nobody is found."""
        found = {}
        for rule in self.step.who:
            for seat in self._present(rule):
                known = found.get(seat.key)
                reads = seat.reads or bool(known and known.reads)
                found[seat.key] = replace(known or seat, reads=reads)
        return list(found.values()) or [self.last_resort()]

    def told(self) -> list[User]:
        """Who gets a copy when the step is done."""
        people = {}
        for rule in self.step.copy:
            for seat in self._by_rule(rule):
                for user in [seat.user] if seat.user else people_of_pool(seat.pool, self.today):
                    people[user.pk] = user
        return list(people.values())

    def _present(self, rule):
        for seat in self._by_rule(rule):
            if seat.pool is not None:
                yield from self._of_pool(seat)
            elif (placed := self.place(seat)) is not None:
                yield placed

    def place(self, seat: Seat) -> Seat | None:
        """The seat with whoever acts for its person today; None where nobody can."""
        seat = self._stand_in(seat)
        if seat is not None and self.refuses(seat.user):
            boss = _superior(seat.user, without=self.run.originator_id)
            seat = self._stand_in(Seat(user=boss)) if boss else None
            if seat is not None and self.refuses(seat.user):
                return None
        return seat

    def refuses(self, user) -> bool:
        """Nobody approves their own request."""
        own = self.step.kind == "approval" and not self.step.own_request
        return own and user is not None and user.pk == self.run.originator_id

    def _stand_in(self, seat):
        user = seat.user
        if user is None or not user.is_active:
            return None
        deputy = user.stand_in if user.is_absent(self.today) else None
        if deputy is None or not deputy.is_active or deputy.is_absent(self.today):
            return seat
        return Seat(user=deputy, reads=True, instead_of=user)

    def _of_pool(self, seat):
        """A pool is asked as one, unless only the originator belongs to it."""
        people = list(people_of_pool(seat.pool, self.today)[:2])
        if not people:
            return
        if len(people) == 1 and (placed := self.place(Seat(user=people[0], reads=seat.reads))):
            yield placed
        elif len(people) > 1:
            yield seat

    def last_resort(self) -> Seat:
        """The administrators, so that nothing ever waits for nobody."""
        pool = ensure_administrators_pool()
        people = [user for user in administrators().order_by("pk") if not self.refuses(user)]
        return Seat(user=people[0]) if len(people) == 1 else Seat(pool=pool)

    # The rules

    def _by_rule(self, rule):
        match = RULE.fullmatch(rule)
        if rule == "originator":
            yield from _one(self.run.originator, reads=self._came_from_outside())
        elif rule == "department head":
            yield from self._head()
        elif rule == "team leader":
            yield from self._leader()
        elif match["post"]:
            yield from self._post(match["post"])
        elif match["pool"]:
            pool = Pool.objects.filter(code=match["pool"], is_active=True).first()
            if pool:
                yield Seat(pool=pool)
        elif match["user"]:
            yield from _one(User.objects.filter(username=match["user"]).first())
        elif match["step"]:
            yield from self._same_as(match["step"])
        elif rule.startswith("superior"):
            yield from self._superiors(rule, int(match["level"] or 1))
        else:
            yield from _one(self._person(rule), reads=rule == "person department_head")

    def _person(self, rule):
        if rule == "originator":
            return self.run.originator
        if rule == "owner":
            return self.move.adapter.owner(self.move.subject)
        return self.move.adapter.person(self.move.subject, rule.removeprefix("person "))

    def _came_from_outside(self) -> bool:
        """Whoever started it on something of theirs at an account they do not see (the costs of a
        visit they went along to) goes on reading that."""
        user, account = self.run.originator, self.run.account_id
        if user is None or account is None:
            return False
        if Account.objects.visible_to(user).filter(pk=account).exists():
            return False
        return self.move.adapter.visible_to(user).filter(pk=self.run.subject_id).exists()

    def _superiors(self, rule, level):
        user = self._person(rule.partition(" of ")[2])
        for _step in range(level):
            user = user.superior if user else None
        yield from _one(user)

    def _post(self, code):
        post = Post.objects.filter(code=code, is_active=True).first()
        people, unit = holders_near(post, self.run.unit) if post else ([], None)
        if len(people) > 1 and self.step.mode not in MANY:
            yield Seat(pool=ensure_post_pool(post, unit))
        else:
            yield from (Seat(user=user) for user in people)

    def _head(self):
        unit = self.run.unit
        while unit is not None and not (unit.head_id and unit.head.is_active):
            unit = unit.parent
        yield from _one(unit.head if unit else None)

    def _leader(self):
        served = ServedAccount.objects.on(self.today).filter(account=self.run.account_id)
        teams = VirtualTeam.objects.filter(pk__in=served.values("team"), leader__is_active=True)
        first = teams.select_related("leader").order_by("pk").first()
        yield from _one(first.leader if first else None, reads=False)

    def _same_as(self, code):
        items = self.run.items.filter(step_run__step=code, state=ItemState.DONE)
        last = items.select_related("done_by").order_by("-done_at", "-pk").first()
        if last:
            yield from _one(last.done_by, reads=last.grants_read)


def _one(user, *, reads=True):
    if user is not None and user.is_active:
        yield Seat(user=user, reads=reads)


def _superior(user, *, without):
    """The nearest active superior who is not `without`."""
    seen = set()
    user = user.superior
    while user is not None and user.pk not in seen:
        if user.is_active and user.pk != without:
            return user
        seen.add(user.pk)
        user = user.superior
    return None
