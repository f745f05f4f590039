//! Sealing of personal data, keyed hashes, key ring and rotation, destruction of keys.
