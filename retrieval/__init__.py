"""Premises: corpus, dependency graph, encoders, index."""
