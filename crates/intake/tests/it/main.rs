//! The doors of source systems, on both databases.
