"""Dataset formats that others read: LeanDojo Benchmark."""
