"""What a person sets about being told."""

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.kinds import Mode, NoticeChannel


class TimeField(forms.TimeField):
    """The browser's own clock field."""

    def __init__(self, **kwargs):
        widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        super().__init__(widget=widget, required=False, **kwargs)


class HoursForm(forms.Form):
    quiet_from = TimeField(label=_("Quiet from"))
    quiet_until = TimeField(label=_("Quiet until"))
    digest_at = TimeField(label=_("Daily digest at"))


class PreferencesForm(HoursForm):
    """One choice for each kind and channel, named `<kind>-<channel>`, and the hours."""

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            for channel in NoticeChannel:
                self.fields[self.name_of(row["kind"], channel)] = forms.ChoiceField(
                    choices=offered(row["kind"], channel),
                    initial=row["modes"][channel],
                    label=f"{row['kind'].name}: {channel.label}",
                    required=False,
                )

    @staticmethod
    def name_of(kind, channel) -> str:
        return f"{kind.code}-{channel.value}"

    def table(self):
        """The rows as the template draws them."""
        for row in self.rows:
            cells = [(one, self[self.name_of(row["kind"], one)]) for one in NoticeChannel]
            yield {"kind": row["kind"], "cells": cells}

    def modes(self) -> dict[tuple[str, str], str]:
        return {
            (row["kind"].code, channel.value): mode
            for row in self.rows
            for channel in NoticeChannel
            if (mode := self.cleaned_data.get(self.name_of(row["kind"], channel)))
        }

    def hours(self) -> dict:
        return {name: self.cleaned_data[name] for name in HoursForm.base_fields}


def offered(kind, channel) -> list[tuple[str, str]]:
    modes = [Mode.NOW, Mode.OFF]
    if channel == NoticeChannel.EMAIL:
        modes = [Mode.NOW, Mode.OFF] if kind.urgent else list(Mode)
    if channel == NoticeChannel.IN_APP and not kind.optional:
        modes = [Mode.NOW]
    return [(mode.value, mode.label) for mode in modes]
