"""Products as something that forms refer to."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.subjects import Audience, Subject
from opportunities.models import Product


class ProductSubject(Subject):
    kind = "product"
    label = _("product")
    model = Product

    def url(self, subject) -> str:
        return reverse("opportunities:product_detail", args=[subject.pk])

    def audience(self, subject) -> str:
        return Audience.EVERYONE
