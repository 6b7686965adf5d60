"""Recurrences: sequences given by first values and a rule."""

RECURRENCES = ()
