//! Record linkage: normalise, compare, block, weigh, train, cluster, explain. No I/O, no clock.
