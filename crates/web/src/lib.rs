//! GOV.UK-style pages, sign-in, middleware. Parses, calls service, renders.
