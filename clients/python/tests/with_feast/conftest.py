"""These need Feast itself beside the client: run with the Python of `make venv`."""

import os
import time

# Feast's SQLite store reads event times in the zone of the process.
os.environ["TZ"] = "UTC"
os.environ["FEAST_USAGE"] = "False"
time.tzset()
