# The image of every process: web, worker, beat and the one-shot upgrade.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/opt/kam/bin:$PATH
WORKDIR /srv/kam
COPY requirements.txt .
RUN python -m venv /opt/kam && pip install --require-hashes -r requirements.txt
COPY . .
# Browser files (Node comes from a wheel and is thrown away), translations, static files.
RUN KAM_BOOTSTRAP=off KAM_DATA_DIR=/var/lib/kam KAM_SECRET_KEY=only-while-building \
    python manage.py build \
    && rm -rf /var/lib/kam/assets /var/lib/kam/logs /var/lib/kam/cache

FROM python:3.11-slim-bookworm
ENV PATH=/opt/kam/bin:$PATH PYTHONUNBUFFERED=1 KAM_BOOTSTRAP=off KAM_DATA_DIR=/var/lib/kam
RUN useradd --system --home-dir /var/lib/kam kam
COPY --from=build /opt/kam /opt/kam
COPY --from=build --chown=kam /srv/kam /srv/kam
COPY --from=build --chown=kam /var/lib/kam /var/lib/kam
RUN install -d -o kam /var/lib/kam/media
WORKDIR /srv/kam
USER kam
EXPOSE 8000
CMD ["python", "manage.py", "serve", "web"]
