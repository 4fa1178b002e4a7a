"""Addresses: the admin, with declarations as they come or tuned."""

import os

from django.contrib import admin
from django.core.paginator import Paginator
from django.urls import path

from django_desk.models import Declaration

COLUMNS = ["full_name", "bhxh_code", "status", "declared_at", "expires_at", "office"]
SOUGHT = ["bhxh_code", "receipt_code", "id_number", "phone"]


class Uncounted(Paginator):
    """Pages without counting all rows."""

    count = 10**9


class Default(admin.ModelAdmin):
    """As it comes."""

    list_display = COLUMNS
    search_fields = SOUGHT


class Tuned(admin.ModelAdmin):
    """Tuned: no counts, a join, exact search."""

    list_display = COLUMNS
    search_fields = [f"{name}__exact" for name in SOUGHT]
    list_select_related = ["office"]
    show_full_result_count = False
    paginator = Uncounted
    list_per_page = 50


admin.site.register(Declaration, Tuned if os.environ.get("DJANGO_TUNED") else Default)
urlpatterns = [path("admin/", admin.site.urls)]
