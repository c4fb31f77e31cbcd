"""The table of endpoints, `endpoints.yaml`, as it is asked.

The framework has some hundreds of methods and checks in each its own way. A newer version may bring a desk that calls one that
is not there, or sends a parameter more: it is refused, the server's log says what, and a line there lets it in once it is read.
"""

from pathlib import Path
from typing import NamedTuple

import yaml

from hot_rutin.door import schemas


class Endpoint(NamedTuple):
	"""A row of the table, where its columns are told."""

	schema: type[schemas.Schema]
	verbs: tuple[str, ...]
	way: str | None = None
	role: str | None = None
	guests: int = 0
	drawn: str | None = None


def _endpoint(schema="Schema", parameters=(), about="", counts=False, verbs="GET HEAD POST", **row):
	base = getattr(schemas, schema)
	return Endpoint(schemas.extended(base, dict(parameters), about, counts), tuple(verbs.split()), **row)


TABLE = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
ENDPOINTS = {name: _endpoint(**(row or {})) for name, row in TABLE.items()}
