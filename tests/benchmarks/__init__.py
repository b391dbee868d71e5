"""Speed and quality, measured against the peer; run by ``python -m tests.benchmarks``."""
