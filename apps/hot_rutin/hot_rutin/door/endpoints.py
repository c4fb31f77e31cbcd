"""The table of endpoints, `endpoints.yaml`, as it is asked. There it is told what a line needs to let another method in."""

from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml
from pydantic import Field, create_model

from hot_rutin.door import schemas, values


class Endpoint(NamedTuple):
	"""A row of the table, where its columns are told."""

	schema: type[schemas.Schema]
	verbs: tuple[str, ...]
	way: str | None = None
	guests: int = 0
	drawn: str | None = None


def _endpoint(schema="Schema", parameters=(), about="", counts=False, verbs="GET HEAD POST", **row):
	fields, parsed = {}, {}
	for name, kind in dict(parameters).items():
		annotation, default = _parameter(kind)
		# As a field of a model can be called.
		called = name.replace("-", "_").strip("_")
		fields[called] = (annotation, default if called == name else Field(default, alias=name))
		kind = str(kind).removesuffix(" | None")
		parsed |= {name: kind} if kind in schemas.BY_DOCTYPE else {}
	base = getattr(schemas, schema)
	made = create_model(schema, __base__=base, **fields)
	made.ABOUT, made.PARSED, made.COUNTS = tuple(about.split()) or base.ABOUT, parsed, counts
	made.SHOWS = next((name for name, kind in parsed.items() if kind in ("Fields", "OwnFields")), None)
	return Endpoint(made, tuple(verbs.split()), **row)


def _parameter(kind):
	"""Return the type of a parameter, and what holds where it is not sent."""
	if isinstance(kind, list):
		return Literal[tuple(kind)], None if None in kind else ...
	if kind.startswith("="):
		return values.always(kind[1:]), None
	if kind.endswith(" | None"):
		return _parameter(kind.removesuffix(" | None"))[0] | None, None
	kind_of = Any if kind in schemas.BY_DOCTYPE else getattr(values, kind)
	return kind_of, None if kind in ("Ignored", "Me") else ...


TABLE = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
ENDPOINTS = {name: _endpoint(**(row or {})) for name, row in TABLE.items()}
