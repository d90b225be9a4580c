"""How one wants to be told (通知偏好)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from notifications import selectors, services
from notifications.forms import PreferencesForm
from notifications.kinds import NoticeChannel
from notifications.models import notification_settings


@never_cache
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    hours = selectors.hours_of(request.user)
    form = PreferencesForm(
        request.POST or None,
        rows=selectors.preference_rows(request.user),
        initial={name: getattr(hours, name) for name in ("quiet_from", "quiet_until", "digest_at")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.set_preferences(
                user=request.user, modes=form.modes(), hours=form.hours(), actor=request.user
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved"))
            return redirect("notifications:preferences")
    context = {
        "form": form,
        "channels": NoticeChannel,
        "house": notification_settings(),
        "has_webhook": selectors.has_webhook(request.user),
    }
    status = 422 if form.errors else 200
    return render(request, "notifications/preferences.html", context, status=status)
