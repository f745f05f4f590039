//! The store's tests, on both databases.
