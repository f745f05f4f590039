//! Formats in: files from source systems to source records, quality rules, quarantine.
