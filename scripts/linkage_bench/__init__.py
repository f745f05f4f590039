"""What scripts/bench-linkage and scripts/splink-yardstick are made of."""
