//! Use cases: authorise, decide, write, audit in one transaction. The only door to the store.
