-- Offers to hand a protected child on to another authority's desk (rule 5.3). Who offers, to whom and which child are keyed hashes:
-- an authority is a place.

CREATE TABLE transfer_offer (
    offer_id BLOB NOT NULL CHECK (length(offer_id) = 16) PRIMARY KEY,
    from_key BLOB NOT NULL CHECK (length(from_key) = 16),
    to_key BLOB NOT NULL CHECK (length(to_key) = 16),
    child_key BLOB NOT NULL CHECK (length(child_key) = 16),
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    -- Once closed the day from which it is destroyed, rounded to the month; microseconds UTC. While open the month it was offered in.
    due_on INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX transfer_offer_from ON transfer_offer (from_key, state, offer_id);
CREATE INDEX transfer_offer_to ON transfer_offer (to_key, state, offer_id);
-- A child is offered to one desk at a time.
CREATE UNIQUE INDEX transfer_offer_of_child ON transfer_offer (child_key) WHERE state = 'open';
CREATE INDEX transfer_offer_by_day ON transfer_offer (state, due_on, offer_id);
