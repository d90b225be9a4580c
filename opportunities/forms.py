"""What people type in about opportunities and products. Forms clean; services write."""

from decimal import Decimal

from django import forms
from django.forms.models import fields_for_model
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.fields import DateInput, PickField
from core.models import Currency
from opportunities import permissions, progress
from opportunities.models import (
    BusinessKind,
    Milestone,
    Opportunity,
    OpportunityLine,
    OpportunityStatus,
    Product,
)
from opportunities.services import bulk
from teams.models import User

FACTS = [
    "name",
    "account",
    "amount",
    "currency",
    "kind",
    "expected_close_on",
    "next_step",
    "next_step_on",
    "opened_on",
    "notes",
]
OF_CLOSED = ["closed_on", "lost_reason"]
CELLS = ("amount", "expected_close_on", "next_step", "next_step_on", "name", "kind")
MOST_LINES = 100


def account_choice(user, **kwargs) -> PickField:
    """An account the person may put a deal on."""
    rows = Account.objects.visible_to(user).current()
    return PickField(
        rows, url=reverse_lazy("accounts:account_options"), label=_("Account"), **kwargs
    )


def colleague_choice(**kwargs) -> PickField:
    """A colleague who is still here."""
    return PickField(colleagues(), url=reverse_lazy("accounts:people_options"), **kwargs)


def owner_choice(actor, **kwargs) -> PickField:
    """A colleague in whose name the person may enter deals."""
    url = reverse_lazy("opportunities:owner_options")
    return PickField(colleagues(actor), url=url, label=_("Owner"), **kwargs)


def colleagues(given_by=None):
    people = User.objects.filter(is_active=True)
    if given_by is None or given_by.sees_everything:
        return people
    return people.filter(pk=given_by.pk) | people.filter(unit__in=given_by.unit_ids)


def model_fields(model, names):
    """The fields of a model as a plain form has them: labels, help and bounds stay."""
    fields = fields_for_model(model, names)
    for field in fields.values():
        if isinstance(field, forms.DateField):
            field.widget = DateInput()
        if isinstance(field, forms.DecimalField):
            field.widget.attrs |= {"inputmode": "decimal", "step": "any"}
        if isinstance(field.widget, forms.Textarea):
            field.widget.attrs |= {"rows": 4}
    return fields


class OpportunityForm(forms.Form):
    """The facts of a deal. For a closed one also when it closed and why it was lost."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, user, opportunity=None, **kwargs):
        if opportunity is not None:
            names = [*FACTS, *OF_CLOSED]
            kwargs.setdefault("initial", {n: getattr(opportunity, n) for n in names})
            kwargs["initial"] |= {"version": opportunity.version, "account": opportunity.account_id}
        super().__init__(*args, **kwargs)
        self.opportunity = opportunity
        self.fields |= model_fields(Opportunity, FACTS)
        self.fields["account"] = account_choice(
            user, required=False, help_text=_("May stay empty while it is unknown.")
        )
        self.fields["opened_on"].required = False
        self._hidden_account(user, opportunity)
        if opportunity is not None and opportunity.status != OpportunityStatus.OPEN:
            self._closed(opportunity)
        if opportunity is None:
            self._new(user)

    def _hidden_account(self, user, opportunity):
        """An account the editor does not see stays: the form neither shows nor loses it."""
        if opportunity is None or opportunity.account_id is None:
            return
        if not permissions.can_attach_account(user, opportunity.account):
            del self.fields["account"]

    def _closed(self, opportunity):
        lost = opportunity.status == OpportunityStatus.LOST
        names = OF_CLOSED if lost else OF_CLOSED[:1]
        self.fields |= model_fields(Opportunity, names)
        for name in names:
            self.fields[name].required = True
        for name in ("next_step", "next_step_on"):
            del self.fields[name]

    def _new(self, user):
        del self.fields["version"]
        self.fields["milestone"] = forms.ChoiceField(
            label=_("Milestone"),
            choices=[(m.value, Milestone(m).label) for m in progress.OPEN_MILESTONES],
            initial=Milestone.IDENTIFIED,
        )
        self.fields["owner"] = owner_choice(user, required=False, initial=user.pk)
        self.order_fields(["name", "account", "owner", "milestone", "amount", "currency"])
        self.order_fields([*(n for n in self.fields if n != "notes"), "notes"])
        self.fields["kind"].initial = BusinessKind.INCREMENTAL
        self.fields["opened_on"].initial = timezone.localdate

    def clean_opened_on(self):
        """An emptied day is kept empty on a deal, and is today on a new one."""
        day = self.cleaned_data["opened_on"]
        return day if day or self.opportunity is not None else timezone.localdate()

    @property
    def values(self):
        """What goes to the service."""
        return {n: v for n, v in self.cleaned_data.items() if n != "version"}


class LineForm(forms.Form):
    """One product of a deal. An empty price takes the list price."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["product"] = PickField(
            Product.objects.all(),
            url=reverse_lazy("opportunities:product_options"),
            label=_("Product"),
        )
        self.fields |= model_fields(OpportunityLine, ["quantity", "unit_price"])
        self.fields["quantity"].initial = Decimal(1)
        self.fields["quantity"].required = False
        for name in ("product", "quantity", "unit_price"):
            self.fields[name].widget.attrs |= {
                "class": "k-in",
                "aria-label": self.fields[name].label,
            }

    def has_changed(self):
        """A line without a product is an empty row, whatever its quantity."""
        return bool(self.data.get(self.add_prefix("product"))) or bool(
            self.data.get(self.add_prefix("unit_price"))
        )

    @property
    def line(self):
        return {
            "product": self.cleaned_data["product"],
            "quantity": self.cleaned_data.get("quantity") or Decimal(1),
            "unit_price": self.cleaned_data.get("unit_price"),
        }


class BaseLines(forms.BaseFormSet):
    def clean(self):
        """A product stands once in a deal."""
        seen = set()
        for form in self.kept:
            product = form.cleaned_data.get("product")
            if product in seen:
                form.add_error("product", _("The product is already in this opportunity."))
            seen.add(product)

    @property
    def kept(self):
        """The filled rows; a row marked as deleted is gone."""
        return [
            form
            for form in self.forms
            if form.is_valid() and form.has_changed() and not form.cleaned_data.get("DELETE")
        ]

    @property
    def lines(self):
        return [form.line for form in self.kept]


LinesForm = forms.formset_factory(
    LineForm, formset=BaseLines, extra=1, can_delete=True, max_num=MOST_LINES, validate_max=True
)


def lines_form(opportunity=None, data=None):
    rows = opportunity.lines.select_related("product") if opportunity is not None else ()
    initial = [
        {"product": row.product_id, "quantity": row.quantity, "unit_price": row.unit_price}
        for row in rows
    ]
    return LinesForm(data, initial=initial or None, prefix="lines")


class CellForm(forms.Form):
    """One field of a deal, edited in its list cell."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, opportunity, field, **kwargs):
        kwargs["initial"] = {
            field: getattr(opportunity, field),
            "version": opportunity.version,
        }
        super().__init__(*args, **kwargs)
        self.fields |= model_fields(Opportunity, [field])


class StepForm(forms.Form):
    """What comes next, and when."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, opportunity, **kwargs):
        names = ["next_step", "next_step_on"]
        kwargs["initial"] = {n: getattr(opportunity, n) for n in names}
        kwargs["initial"]["version"] = opportunity.version
        super().__init__(*args, **kwargs)
        self.fields |= model_fields(Opportunity, names)


class MoveForm(forms.Form):
    """Where a deal goes; the plain way for those who do not drag."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    lane = forms.ChoiceField(label=_("Milestone"), widget=forms.RadioSelect)

    def __init__(self, *args, opportunity, **kwargs):
        initial = {"lane": opportunity.milestone, "version": opportunity.version}
        kwargs.setdefault("initial", initial)
        super().__init__(*args, **kwargs)
        self.fields["lane"].choices = Milestone.choices
        if not self.is_bound:
            allowed = progress.milestones_for(opportunity.status)
            self.fields["lane"].choices = [(m.value, Milestone(m).label) for m in allowed]


class CloseForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    closed_on = forms.DateField(
        widget=DateInput(),
        initial=timezone.localdate,
    )


class WinForm(CloseForm):
    """The day of signing and what was signed."""

    def __init__(self, *args, user, opportunity, **kwargs):
        kwargs.setdefault(
            "initial", {"amount": opportunity.amount, "version": opportunity.version}
        )
        super().__init__(*args, **kwargs)
        self.fields["closed_on"].label = _("Day of signing")
        self.fields |= model_fields(Opportunity, ["amount"])
        self.fields["amount"].label = _("Signed amount, %(currency)s") % {
            "currency": opportunity.currency_id
        }
        self.fields["amount"].required = True
        if opportunity.account_id is None:
            self.fields["account"] = account_choice(user)


class LoseForm(CloseForm):
    reason = forms.CharField(
        label=_("Why it was lost"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, opportunity, **kwargs):
        kwargs.setdefault("initial", {"version": opportunity.version})
        super().__init__(*args, **kwargs)
        self.fields["closed_on"].label = _("Day it was lost")


class ReasonForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class OwnerForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"] = colleague_choice(label=_("New owner"))
        self.fields["reason"] = forms.CharField(
            label=_("Reason"), required=False, max_length=300
        )


class MemberForm(forms.Form):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"] = colleague_choice(label=_("Colleague"))
        self.fields["role"] = forms.CharField(
            label=_("Role"), required=False, max_length=80, help_text=_("For instance: presales.")
        )


class BulkForm(forms.Form):
    """What to set on all chosen deals; an empty field leaves what is there."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"] = colleague_choice(label=_("Owner"), required=False)
        self.fields |= model_fields(Opportunity, ["expected_close_on"])
        self.fields["kind"] = forms.ChoiceField(
            label=_("Kind of business"),
            required=False,
            choices=[("", _("leave as it is")), *BusinessKind.choices],
        )

    @property
    def values(self):
        return {
            name: self.cleaned_data[name]
            for name in bulk.BULK_FIELDS
            if self.cleaned_data.get(name) not in (None, "")
        }


PRODUCT_FIELDS = [
    "code",
    "name_zh",
    "name_en",
    "family_zh",
    "family_en",
    "list_price",
    "floor_price",
    "currency",
    "unit_zh",
    "unit_en",
    "is_active",
]


class ProductForm(forms.Form):
    """A product; the floor price only for those who may see cost."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, user, product=None, **kwargs):
        if product is not None:
            kwargs.setdefault("initial", {n: getattr(product, n) for n in PRODUCT_FIELDS})
            kwargs["initial"] |= {"version": product.version, "currency": product.currency_id}
        super().__init__(*args, **kwargs)
        self.product = product
        self.fields |= model_fields(Product, PRODUCT_FIELDS)
        self.fields["currency"].queryset = Currency.objects.order_by("code")
        if not permissions.can_see_floor_price(user):
            del self.fields["floor_price"]

    def clean_code(self):
        code = self.cleaned_data["code"]
        same = Product.objects.filter(code=code)
        if same.exclude(pk=self.product.pk if self.product else None).exists():
            raise forms.ValidationError(_("Another product has this code."))
        return code

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("name_zh") and not cleaned.get("name_en"):
            self.add_error("name_zh", _("A product needs a name."))
        return cleaned

    @property
    def values(self):
        return {n: v for n, v in self.cleaned_data.items() if n != "version"}
