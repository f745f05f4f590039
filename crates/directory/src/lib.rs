//! The directory's rules: children, disclosure, shields, retention, access, search criteria. Pure.
