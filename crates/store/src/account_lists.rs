//! Lists of accounts, each within a reach, paged by key: of one organisation, of an authority and its partners, of all.
//!
//! A filter that is not asked for is bound empty. Every list begins at an index: the organisation's accounts, the accounts
//! with a name's hash, those whose clearance or training ends first.

use crate::accounts::{AccountRow, RoleRow};
use crate::conn::{Conn, on_tx};
use crate::lists::IdList;
use crate::sql::{Dialect, Sql, listed_ids, statements};
use crate::{Key16, Result};
use uuid::Uuid;

/// Whose accounts are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Of one organisation.
    Organisation(Uuid),
    /// Of an authority and of the partners under it, by its code; not of a national partner.
    Authority(String),
    /// Of every organisation.
    Everywhere,
}

/// Which of them; empty texts ask for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The code of a state, or nothing.
    pub state: String,
    /// The code of a role held anywhere, or nothing.
    pub role: String,
}

/// What runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// The clearance.
    Clearance,
    /// The training.
    Training,
    /// The need for the job.
    Need,
}

macro_rules! account {
    () => {
        "SELECT a.account_id, a.username_key, a.organisation_id, a.state, a.sealed, a.password_hash, a.clearance_until, \
         a.training_until, a.need_until, a.version "
    };
}

/// The filters of a list, bound at `$3` and `$4`. The roles are counted, not asked for with EXISTS: PostgreSQL would read the
/// whole table into a hash first.
macro_rules! filters {
    () => {
        " AND ($3 = '' OR a.state = $3) AND ($4 = '' OR (SELECT count(*) FROM account_role r \
         WHERE r.account_id = a.account_id AND r.role = $4) > 0)"
    };
}

/// Whether an account `l` has the name bound there. Counted, as the roles are: PostgreSQL would join the lists of all names first.
macro_rules! has_name {
    ($name:literal) => {
        concat!(
            " AND (SELECT count(*) FROM account_name m WHERE m.name_key = ",
            $name,
            " AND m.account_id = l.account_id) > 0"
        )
    };
}

/// The accounts that have all of three names, bound at `$1`, `$5` and `$6`. Which they are is found in indexes alone, from
/// where the reading begins: a common name has tens of thousands of accounts, an authority some thousands. Distinct,
/// because a role may be held at several organisations.
macro_rules! named {
    ($($begin:expr),+) => {
        concat!(
            account!(),
            "FROM (SELECT DISTINCT l.account_id FROM ",
            $($begin,)+
            has_name!("$5"),
            has_name!("$6"),
            " AND l.account_id > $2 ORDER BY l.account_id) list CROSS JOIN account a WHERE a.account_id = list.account_id",
            filters!(),
            " ORDER BY list.account_id LIMIT $7"
        )
    };
}

/// What ends on or before `$3`, after the row of `$4` and `$5`. Within an organisation or authority the column is written
/// `+ 0`, so that its accounts are read and not everybody's ends.
macro_rules! ending {
    ($column:literal, $from:literal, $within:literal) => {
        concat!(
            account!(),
            "FROM ",
            $from,
            " WHERE a.state = 'active' AND a.",
            $column,
            " >= $4 AND a.",
            $column,
            " <= $3 AND (a.",
            $column,
            " > $4 OR a.account_id > $5)",
            $within,
            " ORDER BY a.",
            $column,
            ", a.account_id LIMIT $2"
        )
    };
}

statements! {
    IN_ORGANISATION = Sql::both(concat!(
        account!(), "FROM account a WHERE a.organisation_id = $1 AND a.account_id > $2", filters!(),
        " ORDER BY a.account_id LIMIT $5"
    ));
    // First which, from indexes alone, then those few: an authority has thousands.
    IN_AUTHORITY = Sql::both(concat!(
        account!(), "FROM (SELECT a.account_id FROM organisation o CROSS JOIN account a WHERE o.authority_code = $1 \
        AND o.kind <> 'national_partner' AND a.organisation_id = o.organisation_id AND a.account_id > $2", filters!(),
        " ORDER BY a.account_id LIMIT $5) list CROSS JOIN account a WHERE a.account_id = list.account_id ORDER BY a.account_id"
    ));
    EVERYWHERE = Sql::both(concat!(
        account!(), "FROM account a WHERE $1 = '' AND a.account_id > $2", filters!(), " ORDER BY a.account_id LIMIT $5"
    ));
    IN_STATE = Sql::both(concat!(
        account!(), "FROM account a WHERE $1 = '' AND a.state = $3 AND a.account_id > $2", filters!(),
        " ORDER BY a.account_id LIMIT $5"
    ));
    // A role may be held at several organisations: the account stands at the first of them.
    WITH_ROLE = Sql::both(concat!(
        account!(), "FROM account_role r CROSS JOIN account a WHERE $1 = '' AND r.role = $4 AND r.account_id > $2 \
        AND a.account_id = r.account_id AND ($3 = '' OR a.state = $3) AND (SELECT count(*) FROM account_role s \
        WHERE s.account_id = r.account_id AND s.role = $4 AND s.organisation_id < r.organisation_id) = 0 \
        ORDER BY r.account_id LIMIT $5"
    ));
    NAMED_IN_ORGANISATION = Sql::both(named!("account l WHERE l.organisation_id = $8", has_name!("$1")));
    NAMED_IN_AUTHORITY = Sql::both(named!(
        "organisation o CROSS JOIN account l WHERE o.authority_code = $8 AND o.kind <> 'national_partner' \
         AND l.organisation_id = o.organisation_id",
        has_name!("$1")
    ));
    // Few hold a rare role, and many a common name.
    NAMED_WITH_ROLE = Sql::both(named!("account_role l WHERE l.role = $4 AND $8 = ''", has_name!("$1")));
    NAMED_EVERYWHERE = Sql::both(named!("account_name l WHERE l.name_key = $1 AND $8 = ''"));
    CLEARANCE_IN_ORGANISATION = Sql::both(ending!("clearance_until + 0", "account a", " AND a.organisation_id = $1"));
    CLEARANCE_IN_AUTHORITY = Sql::both(ending!(
        "clearance_until + 0", "organisation o CROSS JOIN account a",
        " AND o.authority_code = $1 AND o.kind <> 'national_partner' AND a.organisation_id = o.organisation_id"
    ));
    CLEARANCE_EVERYWHERE = Sql::both(ending!("clearance_until", "account a", " AND $1 = ''"));
    TRAINING_IN_ORGANISATION = Sql::both(ending!("training_until + 0", "account a", " AND a.organisation_id = $1"));
    TRAINING_IN_AUTHORITY = Sql::both(ending!(
        "training_until + 0", "organisation o CROSS JOIN account a",
        " AND o.authority_code = $1 AND o.kind <> 'national_partner' AND a.organisation_id = o.organisation_id"
    ));
    TRAINING_EVERYWHERE = Sql::both(ending!("training_until", "account a", " AND $1 = ''"));
    NEED_IN_ORGANISATION = Sql::both(ending!("need_until + 0", "account a", " AND a.organisation_id = $1"));
    NEED_IN_AUTHORITY = Sql::both(ending!(
        "need_until + 0", "organisation o CROSS JOIN account a",
        " AND o.authority_code = $1 AND o.kind <> 'national_partner' AND a.organisation_id = o.organisation_id"
    ));
    NEED_EVERYWHERE = Sql::both(ending!("need_until", "account a", " AND $1 = ''"));
    CLEARANCE_OVER = Sql::both(concat!(
        account!(), "FROM account a WHERE a.state = 'active' AND a.clearance_until < $1 ORDER BY a.clearance_until LIMIT $2"
    ));
    TRAINING_OVER = Sql::both(concat!(
        account!(), "FROM account a WHERE a.state = 'active' AND a.training_until < $1 ORDER BY a.training_until LIMIT $2"
    ));
    NEED_OVER = Sql::both(concat!(
        account!(), "FROM account a WHERE a.state = 'active' AND a.need_until < $1 ORDER BY a.need_until LIMIT $2"
    ));
    MARK = Sql::both("SELECT seq FROM watch_mark WHERE name = $1");
    SET_MARK = Sql::both(
        "INSERT INTO watch_mark (name, seq) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq \
         WHERE watch_mark.seq < excluded.seq",
    );
    ORGANISATIONS_IN_AUTHORITY = Sql::both(
        "SELECT organisation_id, name FROM organisation WHERE authority_code = $1 AND kind <> 'national_partner' \
         ORDER BY name LIMIT $2",
    );
    ORGANISATIONS = Sql::both(
        "SELECT organisation_id, name FROM organisation WHERE $1 = '' ORDER BY name, organisation_id LIMIT $2",
    );
    ORGANISATION = Sql::both("SELECT organisation_id, name FROM organisation WHERE organisation_id = $1 LIMIT $2");
    BY_IDS = listed_ids!(
        "SELECT a.account_id, a.username_key, a.organisation_id, a.state, a.sealed, a.password_hash, a.clearance_until, \
         a.training_until, a.need_until, a.version FROM list CROSS JOIN account a WHERE a.account_id = list.item ORDER BY a.account_id"
    );
    ROLES_OF_MANY = listed_ids!(
        "SELECT r.account_id, r.organisation_id, r.role FROM list CROSS JOIN account_role r \
         WHERE r.account_id = list.item ORDER BY r.account_id, r.role"
    );
}

/// At most `limit` accounts within the reach, in the order of their ids after `after`.
pub async fn page(
    conn: &mut Conn,
    reach: &Reach,
    filter: &Filter,
    after: Uuid,
    limit: i64,
) -> Result<Vec<AccountRow>> {
    macro_rules! run {
        ($sql:expr, $within:expr) => {
            Ok(on_tx!(conn, c => sqlx::query_as(c.text($sql)).bind($within).bind(after).bind(&filter.state)
                .bind(&filter.role).bind(limit).fetch_all(&mut *c).await)?)
        };
    }
    match reach {
        Reach::Organisation(id) => run!(IN_ORGANISATION, *id),
        Reach::Authority(code) => run!(IN_AUTHORITY, code),
        // What is rarer is where the reading begins: nearly all accounts are active, and nearly all are practitioners.
        Reach::Everywhere => match (filter.state.as_str(), filter.role.as_str()) {
            ("", "") => run!(EVERYWHERE, ""),
            (_, "") | ("suspended" | "requested" | "verified" | "trained" | "closed", "practitioner") => {
                run!(IN_STATE, "")
            }
            _ => run!(WITH_ROLE, ""),
        },
    }
}

/// As [`page`], of accounts that have all of three names' hashes (the same hash may be given again).
pub async fn named(
    conn: &mut Conn,
    names: [Key16; 3],
    reach: &Reach,
    filter: &Filter,
    after: Uuid,
    limit: i64,
) -> Result<Vec<AccountRow>> {
    let [first, second, third] = names;
    macro_rules! run {
        ($sql:expr, $within:expr) => {
            Ok(on_tx!(conn, c => sqlx::query_as(c.text($sql)).bind(first).bind(after).bind(&filter.state)
                .bind(&filter.role).bind(second).bind(third).bind(limit).bind($within).fetch_all(&mut *c).await)?)
        };
    }
    match reach {
        Reach::Organisation(id) => run!(NAMED_IN_ORGANISATION, *id),
        Reach::Authority(code) => run!(NAMED_IN_AUTHORITY, code),
        Reach::Everywhere => match filter.role.as_str() {
            "" | "practitioner" => run!(NAMED_EVERYWHERE, ""),
            _ => run!(NAMED_WITH_ROLE, ""),
        },
    }
}

/// Active accounts within the reach of which something ends by `by` (microseconds UTC), what ends first before; after the
/// account `after`, whose end is its first part.
pub async fn ending(
    conn: &mut Conn,
    ends: Ends,
    reach: &Reach,
    by: i64,
    after: (i64, Uuid),
    limit: i64,
) -> Result<Vec<AccountRow>> {
    macro_rules! run {
        ($sql:expr, $within:expr) => {
            Ok(on_tx!(conn, c => sqlx::query_as(c.text($sql)).bind($within).bind(limit).bind(by).bind(after.0)
                .bind(after.1).fetch_all(&mut *c).await)?)
        };
    }
    match (ends, reach) {
        (Ends::Clearance, Reach::Organisation(id)) => run!(CLEARANCE_IN_ORGANISATION, *id),
        (Ends::Clearance, Reach::Authority(code)) => run!(CLEARANCE_IN_AUTHORITY, code),
        (Ends::Clearance, Reach::Everywhere) => run!(CLEARANCE_EVERYWHERE, ""),
        (Ends::Training, Reach::Organisation(id)) => run!(TRAINING_IN_ORGANISATION, *id),
        (Ends::Training, Reach::Authority(code)) => run!(TRAINING_IN_AUTHORITY, code),
        (Ends::Training, Reach::Everywhere) => run!(TRAINING_EVERYWHERE, ""),
        (Ends::Need, Reach::Organisation(id)) => run!(NEED_IN_ORGANISATION, *id),
        (Ends::Need, Reach::Authority(code)) => run!(NEED_IN_AUTHORITY, code),
        (Ends::Need, Reach::Everywhere) => run!(NEED_EVERYWHERE, ""),
    }
}

/// At most `limit` active accounts of which something ended before `before` (microseconds UTC).
pub async fn over(conn: &mut Conn, ends: Ends, before: i64, limit: i64) -> Result<Vec<AccountRow>> {
    let sql = match ends {
        Ends::Clearance => CLEARANCE_OVER,
        Ends::Training => TRAINING_OVER,
        Ends::Need => NEED_OVER,
    };
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(sql)).bind(before).bind(limit).fetch_all(&mut *c).await)?)
}

/// How far a duty has come; none before its first round.
pub async fn mark(conn: &mut Conn, name: &str) -> Result<Option<i64>> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(MARK)).bind(name).fetch_optional(&mut *c).await)?)
}

/// Moves the mark of a duty on; never back.
pub async fn set_mark(conn: &mut crate::Tx, name: &str, to: i64) -> Result<()> {
    on_tx!(conn, c => sqlx::query(c.text(SET_MARK)).bind(name).bind(to).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// The roles of these accounts.
pub async fn roles_of_many(conn: &mut Conn, accounts: &[Uuid]) -> Result<Vec<RoleRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(ROLES_OF_MANY)).bind(IdList(accounts)).fetch_all(&mut *c).await)?,
    )
}

/// The accounts of these ids, in the order of the ids.
pub async fn by_ids(conn: &mut Conn, accounts: &[Uuid]) -> Result<Vec<AccountRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_IDS)).bind(IdList(accounts)).fetch_all(&mut *c).await)?)
}

/// The first `limit` organisations within the reach, by name.
pub async fn organisations(conn: &mut Conn, reach: &Reach, limit: i64) -> Result<Vec<(Uuid, String)>> {
    macro_rules! run {
        ($sql:expr, $within:expr) => {
            Ok(on_tx!(conn, c => sqlx::query_as(c.text($sql)).bind($within).bind(limit).fetch_all(&mut *c).await)?)
        };
    }
    match reach {
        Reach::Organisation(id) => run!(ORGANISATION, *id),
        Reach::Authority(code) => run!(ORGANISATIONS_IN_AUTHORITY, code),
        Reach::Everywhere => run!(ORGANISATIONS, ""),
    }
}
