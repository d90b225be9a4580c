"""The tags and filters of the design system; loaded everywhere (docs/templates.md).

Plain string building: a list page calls these hundreds of times.
"""

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import formats
from core.markup import escaped
from core.models import company

register = template.Library()

_sprite: list[str] = []
STATES = {"good", "watch", "bad", "quiet", "mine"}


def _language() -> str:
    return get_language() or "zh-hans"


def _state(state) -> str:
    """The data-s attribute for a known state, else nothing."""
    return f' data-s="{state}"' if state in STATES else ""


# ---------- marks ----------


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite (static/icons.txt). Decorative: hidden from screen readers."""
    if not _sprite:
        _sprite.append(static("vendor/icons.svg"))
    return mark_safe(
        f'<svg class="k-i" aria-hidden="true"><use href="{_sprite[0]}#i-{escape(name)}"/></svg>'
    )


@register.simple_tag
def tier(tier, size: str = "") -> SafeString:
    """The seal of a tier (等级): its mark, with its name for readers. None is "not graded"."""
    if tier is None:
        rank, mark, name = 9, formats.UNKNOWN, _("No tier")
    else:
        chinese = formats.is_chinese(_language())
        mark = (tier.mark_zh if chinese else tier.mark_en) or tier.mark_zh or tier.mark_en
        rank, name = min(getattr(tier, "look", None) or tier.rank, 4), tier.name
    return seal(mark, rank, name, size)


@register.simple_tag
def seal(mark, rank: int, name, size: str = "") -> SafeString:
    """A seal from its parts, where a row was read by .values()."""
    big = ' data-z="big"' if size == "big" else ""
    return format_html(
        '<span class="k-tier" data-t="{}"{} title="{}" role="img" aria-label="{}">{}</span>',
        rank,
        mark_safe(big),
        name,
        name,
        mark,
    )


@register.simple_tag
def status(label, state: str = "", small: bool = False) -> SafeString:
    """Shape, word and colour. state: good, watch, bad, quiet (no shape) or "" (not yet)."""
    size = " k-s" if small else ""
    return mark_safe(f'<span class="k-st{size}"{_state(state)}>{conditional_escape(label)}</span>')


@register.simple_tag
def face(name) -> SafeString:
    """The round mark of a colleague: the first character of the name."""
    first = str(name or "").strip()[:1].upper()
    return format_html('<span class="k-face" aria-hidden="true">{}</span>', first)


# ---------- figures ----------


def _percent_of(value, whole) -> float:
    number, total = formats.to_decimal(value), formats.to_decimal(whole)
    if number is None or not total:
        return 0.0
    return float(max(0, min(100, number * 100 / total)))


@register.simple_tag
def bar(value, target=None, state: str = "mine", whole=100, kind: str = "") -> SafeString:
    """A value against its whole (100), with an ink tick at the target.

    state: mine (ours), good (grey), watch, bad. The figure itself must stand beside it in text.
    """
    tick = ""
    if target is not None:
        tick = f'<rect class="t" x="{_percent_of(target, whole):g}%"/>'
    css = f"k-bar {escape(kind)}" if kind else "k-bar"
    return mark_safe(
        f'<svg class="{css}"{_state(state)} aria-hidden="true">'
        f'<rect class="v" width="{_percent_of(value, whole):.4g}%"/>{tick}</svg>'
    )


@register.simple_tag
def split(values, whole=None, target=None) -> SafeString:
    """One sum in at most three parts, dark to light, on its whole; the tick is the target."""
    numbers = [formats.to_decimal(v) or 0 for v in values][:3]
    whole = whole or sum(numbers)
    parts, at = ['<rect data-n="4" width="100%"/>'], 0.0
    for n, value in enumerate(numbers, start=1):
        width = min(_percent_of(value, whole), 100 - at)
        parts.append(f'<rect data-n="{n}" x="{at:.4g}%" width="{width:.4g}%"/>')
        at += width
    if target is not None:
        parts.append(f'<rect class="t" x="{_percent_of(target, whole):.4g}%"/>')
    return mark_safe(f'<svg class="k-split" aria-hidden="true">{"".join(parts)}</svg>')


@register.simple_tag
def spark(values) -> SafeString:
    """Twelve months in a row's height; unknown months are left out. Fewer than two: an en dash."""
    numbers = [float(v) for v in (formats.to_decimal(v) for v in values or []) if v is not None]
    if len(numbers) < 2:
        return SafeString(formats.UNKNOWN)
    low, high = min(numbers), max(numbers)
    span = (high - low) or 1
    step = 84 / (len(numbers) - 1)
    points = [(n * step, 18 - 16 * (v - low) / span) for n, v in enumerate(numbers)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return mark_safe(
        '<svg class="k-spark" viewBox="0 0 84 20" aria-hidden="true">'
        f'<polyline points="{line}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2"/></svg>'
    )


@register.simple_tag
def flow_band(before, after, largest) -> SafeString:
    """The band under a board lane: its thickness is the money here and in the next lane."""
    top = [13 - 12 * _percent_of(v, largest) / 100 for v in (before, after)]
    a, b = (min(y, 12.0) for y in top)
    return mark_safe(
        '<svg class="k-flow" viewBox="0 0 100 26" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="M-1 {a:.1f}H62C82 {a:.1f} 82 {b:.1f} 101 {b:.1f}'
        f'V{26 - b:.1f}C82 {26 - b:.1f} 82 {26 - a:.1f} 62 {26 - a:.1f}H-1Z"/></svg>'
    )


# ---------- money, numbers, dates ----------


def _currency(context, currency: str) -> str:
    """The one given, else the company's (read once per request)."""
    if currency:
        return currency
    shell = context.get("shell")
    return shell.currency if shell else company().currency_id


@register.simple_tag(takes_context=True)
def money(context, value, currency: str = "", unit: formats.MoneyUnit | None = None) -> str:
    """Short money, or the bare number in a column's unit."""
    if unit is not None:
        return formats.money_in(value, unit)
    return formats.short_money(value, _currency(context, currency), _language())


@register.simple_tag(takes_context=True)
def money_hero(context, value, currency: str = "") -> SafeString:
    """A hero sum with its unit small and grey; put it inside .k-hero."""
    parts = formats.money_parts(value, _currency(context, currency), _language())
    if parts is None:
        return SafeString(formats.UNKNOWN)
    small = format_html("<small>{}</small>", parts.suffix) if parts.suffix else ""
    return format_html("{}{}{}{}", parts.sign, parts.prefix, parts.figure, small)


@register.simple_tag(takes_context=True)
def money_unit(context, largest=None, currency: str = "") -> formats.MoneyUnit:
    """The unit of a column: {% money_unit totals.largest as unit %} … {{ unit.label }}."""
    return formats.money_unit(_currency(context, currency), _language(), largest)


@register.filter(name="money")
def money_filter(value, currency: str) -> str:
    """{{ deal.amount|money:deal.currency_id }}; the company's currency is shell.currency."""
    return formats.short_money(value, currency, _language())


@register.filter
def full_money(value, currency: str) -> str:
    return formats.full_money(value, currency, _language())


@register.filter
def number(value, digits: int = 0) -> str:
    return formats.number(value, digits)


@register.filter
def percent(share, digits: int = 1) -> str:
    return formats.percent(share, digits)


@register.filter
def points(share) -> str:
    return formats.points(share, _language())


@register.simple_tag(takes_context=True)
def delta(context, value, state: str = "", kind: str = "number") -> SafeString:
    """A signed difference; coloured only past a threshold, which the caller states.

    kind: number, percent (growth as a fraction), points, money.
    """
    if kind == "percent":
        text = formats.delta_percent(value)
    elif kind == "points":
        text = formats.points(value, _language())
    elif kind == "money":
        amount = formats.to_decimal(value)
        text = formats.short_money(value, _currency(context, ""), _language())
        text = f"+{text}" if amount and amount > 0 else text
    else:
        text = formats.delta(value)
    return mark_safe(f'<span class="k-d"{_state(state)}>{escape(text)}</span>')


def _local(value):
    return timezone.localtime(value) if getattr(value, "tzinfo", None) else value


@register.filter
def date_short(value) -> str:
    """今天, 11-23, 2027-06-30; unknown is an en dash."""
    return formats.date_short(_local(value), timezone.localdate(), _language())


@register.filter
def weekday(value, size: str = "") -> str:
    """周一, Mon; "short" is 一, Mon, where seven of them stand in a row."""
    day = _local(value)
    if not day:
        return formats.UNKNOWN
    if formats.is_chinese(_language()):
        mark = "一二三四五六日"[day.weekday()]
        return mark if size == "short" else f"周{mark}"
    return str(WEEKDAYS_ABBR[day.weekday()])


@register.filter
def time_short(value) -> str:
    return formats.time_short(_local(value), timezone.localdate(), _language())


@register.filter
def quarter_name(quarter) -> str:
    return formats.quarter_name(quarter, _language())


@register.filter
def days(count) -> str:
    return formats.days(count, _language())


@register.filter
def file_size(size) -> str:
    return formats.file_size(size)


@register.filter
def dash(value):
    """What is unknown or empty as an en dash; 0 stays 0."""
    return formats.UNKNOWN if value is None or value == "" else value


# ---------- lists ----------


@register.simple_tag(takes_context=True)
def sort_header(
    context, key: str, label, num: bool = False, first: str = "", css: str = ""
) -> SafeString:
    """A column head that sorts: ?sort=key or ?sort=-key. Numbers start from the highest.

    The current order is `sort` in the context, else in the address. `first` is "-" or "+".
    """
    request = context["request"]
    current = context.get("sort") or request.GET.get("sort", "")
    descending_first = first == "-" or (num and first != "+")
    here = current.lstrip("-") == key
    falling = current.startswith("-")
    following = (
        (f"-{key}" if descending_first else key) if not here else (key if falling else f"-{key}")
    )
    query = request.GET.copy()
    for cursor in ("after", "before", "page"):
        query.pop(cursor, None)
    query["sort"] = following
    classes = " ".join(c for c in ("k-num" if num else "", css) if c)
    aria = mark_safe(f' aria-sort="{"descending" if falling else "ascending"}"' if here else "")
    arrow = icon("arrow-narrow-down" if falling else "arrow-narrow-up") if here else ""
    return format_html(
        '<th scope="col"{}{}><a href="?{}" data-keep>{}{}</a></th>',
        format_html(' class="{}"', classes) if classes else "",
        aria,
        query.urlencode(),
        label,
        arrow,
    )


# ---------- forms ----------


def _widget_kind(bound: BoundField) -> str:
    return (
        getattr(bound.field.widget, "input_type", "") or type(bound.field.widget).__name__.lower()
    )


@register.simple_tag
def field(
    bound: BoundField, label=None, hint=None, hide_label: bool = False, placeholder=None
) -> SafeString:
    """A form field with label, help and error, all tied to the control by aria."""
    if bound.is_hidden:
        return mark_safe(str(bound))
    kind = _widget_kind(bound)
    name = bound.label if label is None else label
    help_text = bound.help_text if hint is None else hint
    help_id, error_id = f"{bound.auto_id}_help", f"{bound.auto_id}_wrong"
    described = [i for i, shown in ((error_id, bound.errors), (help_id, help_text)) if shown]
    attrs = {}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs |= {"data-s": "bad", "aria-invalid": "true"}
    below = _below(bound, help_text, help_id, error_id)
    if kind in ("radio", "checkbox") and bound.use_fieldset:
        return _picks(bound, kind, name, hide_label, below)
    if kind == "checkbox":
        return format_html(
            '<div class="k-field"><label class="k-check">{} <span>{}</span></label>{}</div>',
            bound.as_widget(attrs=attrs),
            name,
            below,
        )
    css = bound.field.widget.attrs.get("class", "")
    attrs["class"] = f"k-in {css}".strip()
    if placeholder is not None:
        attrs["placeholder"] = placeholder
    optional = (
        "" if bound.field.required else format_html(' <span class="k-3">{}</span>', _("optional"))
    )
    return format_html(
        '<div class="k-field"><label for="{}"{}>{}{}</label>{}{}</div>',
        bound.id_for_label,
        mark_safe(' class="k-hide"' if hide_label else ""),
        name,
        optional,
        bound.as_widget(attrs=attrs),
        below,
    )


def _below(bound: BoundField, help_text, help_id: str, error_id: str) -> SafeString:
    parts = []
    if bound.errors:
        words = " ".join(str(e) for e in bound.errors)
        parts.append(format_html('<p class="k-s k-d" data-s="bad" id="{}">{}</p>', error_id, words))
    if help_text:
        parts.append(format_html('<p class="k-s k-3" id="{}">{}</p>', help_id, help_text))
    return mark_safe("".join(parts))


def _picks(bound: BoundField, kind: str, name, hide_label: bool, below) -> SafeString:
    """One of a few, or some of a few: each drawn as a word one can press."""
    labels = mark_safe(
        "".join(
            format_html("<label>{} {}</label>", s.tag(), s.choice_label) for s in bound.subwidgets
        )
    )
    return format_html(
        '<div class="k-field"><fieldset class="k-picks"><legend class="{}">{}</legend>{}</fieldset>'
        "{}</div>",
        "k-hide" if hide_label else "k-label",
        name,
        labels,
        below,
    )


@register.simple_tag
def form_errors(form) -> SafeString:
    """What is wrong with the form as a whole."""
    errors = form.non_field_errors()
    if not errors:
        return SafeString("")
    words = mark_safe("".join(format_html("<li>{}</li>", e) for e in errors))
    return format_html('<ul class="k-wrong" role="alert">{}</ul>', words)


@register.simple_tag
def fields(form, placeholder=None) -> SafeString:
    """Errors of the whole form, hidden fields, then every field in order."""
    parts = [form_errors(form), *(str(f) for f in form.hidden_fields())]
    parts += [field(bound, placeholder=placeholder) for bound in form.visible_fields()]
    return mark_safe("".join(parts))


@register.simple_tag
def edit_input(bound: BoundField, label) -> SafeString:
    """The bare control of a list cell that is being edited."""
    return bound.as_widget(
        attrs={"aria-label": str(label), "data-edit-input": "", "autofocus": True}
    )


@register.simple_tag
def editable(value, url: str, page: str, label) -> SafeString:
    """A list cell's value that opens in place (`url` answers components/edit_cell.html).

    Without scripts it is a link to `page`, where the same field can be edited.
    """
    return mark_safe(
        f'<a class="k-cell" href="{escaped(page)}" data-edit="{escaped(url)}"'
        f' title="{escaped(label)}">{escaped(value)}</a>'
    )
