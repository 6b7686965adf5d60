"""From a kind of data to a file: workers, journal, sieve, writers and manifest."""
