"""Reads a scrape from standard input with Prometheus' own parsers (argv: `text` or `openmetrics`); prints its samples as JSON."""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

read = read_openmetrics if sys.argv[1] == "openmetrics" else read_text
samples = [
    {
        "name": sample.name,
        "labels": sample.labels,
        "value": sample.value,
        "exemplar": sample.exemplar and {"labels": sample.exemplar.labels, "value": sample.exemplar.value},
    }
    for family in read(sys.stdin.read())
    for sample in family.samples
]
print(json.dumps(samples))
