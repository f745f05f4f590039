//! The use cases, each on SQLite and on PostgreSQL, told as the statute and the rules would tell them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and says where"
)]

mod access;
mod accounts;
mod accreditations;
mod answers;
mod archive;
mod audit_months;
mod audit_reading;
mod barred;
mod beside;
mod brokering;
mod census;
mod connecting;
mod dangerous_acts;
mod deaths;
mod enrolment;
mod evidence_pack;
mod families;
mod feeding;
mod figures;
mod formats;
mod gone_for_good;
mod histories;
mod holds;
mod house;
mod identities;
mod identities_orders;
mod identities_restored;
mod inbox;
mod joiners;
mod joining;
mod lapses;
mod late_archive;
mod leaving;
mod legal_holds;
mod lockout;
mod management;
mod mediation;
mod meetings;
mod members;
mod named_desk;
mod nobodys;
mod numbered;
mod old_copies;
mod openings;
mod organisations;
mod own_consent;
mod own_sessions;
mod passkeys;
mod people;
mod proposers;
mod protected_homes;
mod protected_under_hold;
mod providers;
mod public_figures;
mod quarantine;
mod raw;
mod recalls;
mod receipts;
mod recovery;
mod register;
mod reloads;
mod restores_under_hold;
mod retention;
mod rising;
mod root_keys;
mod sealed_desk;
mod seals;
mod searches;
mod sensitive;
mod shield_desk;
mod shield_overrides;
mod shield_requests;
mod shields;
mod shields_after_seals;
mod sign_in;
mod somebody_else;
mod state;
mod strangers;
mod surroundings;
mod taken_back;
mod timing;
mod trail;
mod transfers;
mod use_cases;
mod watching;
mod watching_by_authority;
mod without_guards;
