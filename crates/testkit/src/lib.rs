//! Builders, clocks, the both-databases harness, leak detectors.
