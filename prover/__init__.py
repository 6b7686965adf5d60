"""Lemma: a neurosymbolic theorem-proving agent."""
