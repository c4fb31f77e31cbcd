# What each of these does is told in docs/operations.md. Settings: provision/settings.ini, or HOT_* in the environment.
PYTHON ?= python3

.PHONY: start services test drill bench lint clean

start:     ## everything from an empty machine to a running system, in the foreground
	@exec $(PYTHON) -m provision start

services:  ## MariaDB and Redis only, for work with `bench`
	@exec $(PYTHON) -m provision services

test:      ## all tests, on their own site; make test ARGS="-k something"
	@exec $(PYTHON) -m provision test $(ARGS)

drill:     ## what takes long: faults, kills, a wider attack; make drill ARGS=all before a release
	@exec $(PYTHON) -m provision drill $(ARGS)

bench:     ## all benchmarks, on the tests' site
	@exec $(PYTHON) -m provision bench $(ARGS)

lint:      ## style, which room imports which, JSON, and metadata as Frappe would export it
	@exec $(PYTHON) -m provision lint

clean:     ## remove what was provisioned, databases included
	@exec $(PYTHON) -m provision clean
