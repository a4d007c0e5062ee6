"""The web application, as a WSGI server loads it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "verdure.settings")
application = get_wsgi_application()

from verdure.discovery.index import warm  # noqa: E402 -- needs the settings

warm()
