"""Data: dataset formats and synthesizers."""
