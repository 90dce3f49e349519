"""What the figures in docs/benchmarks.md come from: ratios against peers, measured side by side in one run."""
