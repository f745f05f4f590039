//! Invented children: a seeded population with families, moves, errors, and the truth about them.
