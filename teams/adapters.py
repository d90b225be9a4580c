"""Who may come in: people an administrator entered, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _

from teams.models import User


class ClosedSignupAdapter(DefaultAccountAdapter):
    """Local log-in by name or e-mail; nobody signs up."""

    def is_open_for_signup(self, request):
        return False

    def send_mail(self, template_prefix, email, context):
        """In the language of who reads it, not of who asked."""
        reader = context.get("user")
        with translation.override(getattr(reader, "language", "") or translation.get_language()):
            super().send_mail(template_prefix, email, context)


class KnownPeopleAdapter(DefaultSocialAccountAdapter):
    """Log-in by the company's account (OIDC): it lets in who is known here, and makes nobody."""

    def is_open_for_signup(self, request, sociallogin):
        return False

    def pre_social_login(self, request, sociallogin):
        """Tie a first log-in to the active user with the same verified address."""
        if sociallogin.is_existing or request.user.is_authenticated:
            return
        user = self.known(sociallogin)
        if user is None:
            messages.error(
                request, _("Nobody here has this address. Ask an administrator to enter you.")
            )
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, user)

    @staticmethod
    def known(sociallogin) -> User | None:
        """The one active user whose e-mail the identity provider has verified."""
        verified = [a.email.lower() for a in sociallogin.email_addresses if a.verified and a.email]
        found = [
            user
            for address in verified
            for user in User.objects.filter(email__iexact=address, is_active=True)
        ]
        return found[0] if len({user.pk for user in found}) == 1 else None
