"""What people type on a payment voucher and its detail sheet."""

from decimal import Decimal

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import DateField, VersionedForm
from core.models import Currency, company
from engagement import spending
from engagement.models import ExpenseCategory, PayBy, Visit
from engagement.permissions.expenses import sees_account
from engagement.services.expenses import MOST_LINES

FILES = "image/*,application/pdf"


class VisitField(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        day = timezone.localdate(obj.held_at or obj.starts_at)
        return f"{obj.number} · {day:%Y-%m-%d} · {obj.purpose}"


class ClaimForm(VersionedForm):
    """The voucher. An empty total takes the sum of the lines."""

    visit = VisitField(
        Visit.objects.none(),
        required=False,
        label=_("Visit"),
        empty_label=_("no visit"),
        help_text=_("A visit has to be recorded before its expenses are handed in."),
    )
    purpose = forms.CharField(max_length=300, label=_("Purpose"))
    payee = forms.CharField(max_length=120, label=_("Payee"))
    pay_by = forms.ChoiceField(choices=PayBy.choices, label=_("Paid by"))
    dated_on = DateField(label=_("Date of the voucher"))
    currency = forms.ModelChoiceField(
        Currency.objects.none(), label=_("Currency"), empty_label=None
    )
    total = forms.DecimalField(
        max_digits=15,
        decimal_places=2,
        min_value=0,
        required=False,
        label=_("Total of the voucher"),
        help_text=_("Empty: the sum of the lines."),
    )

    def __init__(self, *args, account, user, claim=None, **kwargs):
        if claim is not None:
            names = (*self.base_fields, "version")
            kwargs["initial"] = {
                name: getattr(claim, name) for name in names if hasattr(claim, name)
            }
        else:
            known = {
                "payee": user.name,
                "dated_on": timezone.localdate(),
                "currency": company().currency_id,
                "pay_by": PayBy.TRANSFER,
            }
            kwargs["initial"] = known | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        visits = Visit.objects.visible_to(user).filter(account=account).held()
        if not sees_account(user, account):
            visits = visits.of_person(user)
            self.fields["visit"].required = True
            self.fields["visit"].empty_label = None
        chosen = kwargs["initial"].get("visit")
        if chosen:
            visits |= Visit.objects.visible_to(user).filter(
                account=account, pk=getattr(chosen, "pk", chosen)
            )
        self.fields["visit"].queryset = visits.order_by("-starts_at")
        self.fields["currency"].queryset = Currency.objects.all()


class LineForm(forms.Form):
    """One expense."""

    id = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    spent_on = DateField(label=_("Date"))
    category = forms.TypedChoiceField(label=_("Category"), empty_value=None)
    amount = forms.DecimalField(
        max_digits=15, decimal_places=2, min_value=Decimal("0.01"), label=_("Amount")
    )
    people = forms.IntegerField(
        min_value=1, max_value=30_000, required=False, label=_("Number of people")
    )
    invoice_no = forms.CharField(max_length=60, required=False, label=_("Invoice number"))
    note = forms.CharField(max_length=300, required=False, label=_("Note"))
    upload = forms.FileField(
        required=False,
        label=_("Invoice"),
        widget=forms.FileInput(attrs={"accept": FILES}),
    )

    def __init__(self, *args, categories, **kwargs):
        """`categories` by the text of their number: asked once for all lines."""
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [
            ("", ""),
            *((pk, category.name) for pk, category in categories.items()),
        ]
        self.fields["category"].coerce = categories.get
        for name in ("spent_on", "category", "amount", "people", "invoice_no", "note", "upload"):
            self.fields[name].widget.attrs |= {
                "class": "k-in",
                "aria-label": self.fields[name].label,
            }

    def has_changed(self):
        """A line with nothing but a date is an empty row."""
        names = ("category", "amount", "people", "invoice_no", "note")
        if any(self.data.get(self.add_prefix(name)) for name in names):
            return True
        return self.add_prefix("upload") in self.files

    @property
    def line(self) -> dict:
        names = ("spent_on", "category", "amount", "people", "invoice_no", "note", "upload")
        return {"id": self.cleaned_data.get("id")} | {
            name: self.cleaned_data.get(name) for name in names
        }


class BaseLines(forms.BaseFormSet):
    def clean(self):
        """An invoice stands once in a claim."""
        seen = set()
        for form in self.kept:
            key = spending.invoice_key(form.cleaned_data.get("invoice_no") or "")
            if key and key in seen:
                form.add_error("invoice_no", _("This number stands on another line too."))
            seen.add(key)

    @property
    def kept(self):
        """The filled rows; a row marked as removed is gone."""
        return [
            form
            for form in self.forms
            if form.has_changed() and form.is_valid() and not form.cleaned_data.get("DELETE")
        ]

    @property
    def lines(self) -> list[dict]:
        return [form.line for form in self.kept]


LinesForm = forms.formset_factory(
    LineForm, formset=BaseLines, extra=1, can_delete=True, max_num=MOST_LINES, validate_max=True
)


def lines_form(claim=None, data=None, files=None):
    initial = []
    if claim is not None:
        initial = [
            {
                "id": line.pk,
                "spent_on": line.spent_on,
                "category": line.category_id,
                "amount": line.amount,
                "people": line.people,
                "invoice_no": line.invoice_no,
                "note": line.note,
            }
            for line in claim.lines.all()
        ]
    shared = {"categories": categories_for(claim)}
    return LinesForm(data, files, initial=initial or None, prefix="lines", form_kwargs=shared)


def categories_for(claim=None) -> dict:
    """Those in use, and those the claim has already."""
    rows = ExpenseCategory.objects.filter(is_active=True)
    if claim is not None:
        rows |= ExpenseCategory.objects.filter(pk__in=claim.lines.values("category"))
    return {str(row.pk): row for row in rows.distinct()}
