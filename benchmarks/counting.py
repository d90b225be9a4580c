"""Counts the queries of a request that asks for it; others pay one look into the headers."""

from django.db import connection


def count_queries(get_response):
    def middleware(request):
        if "X-Count" not in request.headers:
            return get_response(request)
        seen = []

        def count(execute, sql, params, many, context):
            seen.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(count):
            response = get_response(request)
        response["X-Queries"] = str(len(seen))
        if request.headers["X-Count"] == "sql":
            response["X-Sql"] = " | ".join(sql[:160].replace("\n", " ") for sql in seen)
        return response

    return middleware
