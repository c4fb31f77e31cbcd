"""Runs one of Frappe's own commands, with secrets taken from files.

Runs in the bench's Python environment with the sites folder as its working directory:
    python -m provision.frappe_command new-site NAME --db-root-password @/path/of/a/file

An argument that begins with @ is replaced by the content of that file, so that a password never stands in the list of
processes, which everybody on the machine can read."""

import sys
from pathlib import Path

from frappe.utils import bench_helper

sys.argv = ["bench", "frappe"] + [
	Path(argument[1:]).read_text().strip() if argument.startswith("@") else argument
	for argument in sys.argv[1:]
]
bench_helper.main()
