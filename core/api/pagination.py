"""Pages of a list."""

from rest_framework import pagination


class PageNumberPagination(pagination.PageNumberPagination):
    """`count`, `next`, `previous`, `results`; a larger page than the cap is cut to it."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
