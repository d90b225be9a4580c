"""The product catalogue."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.audit import history_of
from core.dialogs import posted
from core.history import told
from core.lists import Listing
from opportunities import forms, permissions, selectors, services
from opportunities.lists import PRODUCTS
from opportunities.models import Product
from opportunities.views.common import attempt

HISTORY = 100


@require_GET
def product_list(request):
    create = {}
    if permissions.can_edit_products(request.user):
        create = {"label": _("New product"), "url": reverse("opportunities:product_create")}
    listing = Listing(PRODUCTS, request, Product.objects.visible_to(request.user))
    return listing.respond(create=create)


@require_GET
def product_export(request):
    return Listing(PRODUCTS, request, Product.objects.visible_to(request.user)).export()


@require_GET
def product_detail(request, pk):
    product = _product(request, pk)
    sees_floor = permissions.can_see_floor_price(request.user)
    context = {
        "product": product,
        "sees_floor": sees_floor,
        "may_edit": permissions.can_edit_products(request.user),
        "sold": selectors.product_totals(product, request.user),
        "history": told(history_of(product)[:HISTORY], request.user, subject=product),
    }
    return render(request, "opportunities/product_detail.html", context)


@require_http_methods(["GET", "POST"])
def product_create(request):
    _keeper(request)
    form = forms.ProductForm(posted(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        made = []
        if attempt(
            form,
            lambda: made.append(services.create_product(actor=request.user, **form.values)),
        ):
            messages.success(request, _("The product is entered."))
            return redirect("opportunities:product_detail", made[0].pk)
    return _page(request, form, title=_("New product"), submit=_("Enter"))


@require_http_methods(["GET", "POST"])
def product_edit(request, pk):
    product = _product(request, pk)
    _keeper(request)
    form = forms.ProductForm(posted(request), user=request.user, product=product)
    conflicts = []
    if request.method == "POST" and form.is_valid() and attempt(
        form,
        lambda: services.update_product(
            product=product,
            values=form.values,
            actor=request.user,
            version=form.cleaned_data["version"],
        ),
        conflicts=conflicts,
    ):
        messages.success(request, _("Saved."))
        return redirect("opportunities:product_detail", pk)
    return _page(
        request, form, title=product.name, submit=_("Save"), product=product, conflicts=conflicts
    )


def _page(request, form, *, title, submit, product=None, conflicts=()):
    context = {
        "form": form,
        "title": title,
        "submit": submit,
        "conflicts": conflicts,
        "cancel": reverse("opportunities:product_detail", args=[product.pk])
        if product
        else reverse("opportunities:product_list"),
    }
    status = 409 if conflicts else 422 if form.errors else 200
    return render(request, "components/form_page.html", context, status=status)


def _product(request, pk):
    products = Product.objects.visible_to(request.user).select_related("currency")
    return get_object_or_404(products, pk=pk)


def _keeper(request):
    if not permissions.can_edit_products(request.user):
        raise PermissionDenied
