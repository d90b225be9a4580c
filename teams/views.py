"""Log-in for demo people, and the page of one's own settings."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.dialogs import posted
from core.preferences import set_language
from teams.access import demo_login_open
from teams.forms import LanguageForm
from teams.models import User


@login_not_required
@never_cache
@require_POST
def demo_login(request: HttpRequest, pk: int) -> HttpResponse:
    """One click on a demo person (只在本机的演示安装)."""
    if not demo_login_open(request):
        raise Http404
    user = get_object_or_404(User.objects.filter(is_demo_cast=True, is_active=True), pk=pk)
    login(request, user)
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    return redirect(target)


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """What a person sets for themselves, and what the company knows about them."""
    form = LanguageForm(posted(request), initial={"language": request.user.language})
    if request.method == "POST" and form.is_valid():
        set_language(user=request.user, language=form.cleaned_data["language"])
        with translation.override(request.user.language or translation.get_language()):
            messages.success(request, _("Saved"))
        return redirect("teams:profile")
    post = request.user.post
    return render(
        request,
        "teams/profile.html",
        {"form": form, "rights": post.right_labels if post else []},
        status=422 if form.errors else 200,
    )


def email_closed(request: HttpRequest) -> HttpResponse:
    """Addresses are the administrator's to change: they decide who may log in."""
    return redirect("teams:profile")
