"""The commands behind the Makefile: python3 -m provision start|services|test|bench|lint|clean"""

import sys

from provision import python_version


def main():
	error = python_version.error(sys.version_info)
	if error:
		sys.exit(error)
	# Only now: the rest may use what older versions do not have.
	from provision import command_line

	sys.exit(command_line.main(sys.argv[1:]))


if __name__ == "__main__":
	main()
