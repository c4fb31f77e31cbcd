"""Turns an empty machine into a running bench. Standard library only: it runs before anything is installed."""
