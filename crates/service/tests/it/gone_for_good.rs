//! What people asked and decided about a child goes with the child, wherever an old copy of it lies (law 9): read here by somebody
//! who kept every row there ever was, and holds every key there is today.

use std::collections::BTreeSet;

use directory::access::Role;
use directory::families::{ComplaintSubject, DisputeRaiser, DisputedItem, RequestRefusal, SourceAnswer};
use directory::transfer::TransferReason;
use service::{ComplaintIntake, DisputeIntake, ReviewAnswer, TransferOffer};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;
use vault::{Aad, Bundle, DataKey, RootKeyName};

use crate::audit_months::worked_until;
use crate::families::{herself, taken_in};
use crate::house::{CARE, GP, House, SCHOOLS, child, shield_request};
use crate::joining::BASIS;
use crate::joining::bench::Bench;
use crate::legal_holds;
use crate::raw::Raw;
use crate::retention::{back_up, copy_of_bundles, on, one_who_died, person, present_keys, restore};
use crate::shields_after_seals::{ruby_and_jade, sealed, waiting, with_file};

/// Rows of a table by their ids, as they are stored.
async fn rows(db: &TestDatabases, table: &str, id: &str) -> Vec<(Uuid, Vec<u8>)> {
    let mut raw = Raw::data(db).await;
    let ids = raw.ids(&format!("SELECT {id} FROM {table} ORDER BY {id}")).await;
    let sealed = raw.blobs(&format!("SELECT sealed FROM {table} ORDER BY {id}")).await;
    ids.into_iter().zip(sealed).collect()
}

/// Every key there is at a moment.
struct Keys {
    journal: DataKey,
    bundles: Vec<(Uuid, Bundle)>,
    entries: Vec<Vec<u8>>,
}

impl Keys {
    async fn of_now(db: &TestDatabases) -> Self {
        let mut raw = Raw::keys(db).await;
        let ring = present_keys(db).await;
        let bundles = copy_of_bundles(&mut raw).await;
        let open = |(owner, wrapped)| (owner, ring.unwrap_bundle(owner, &wrapped).unwrap());
        Self {
            journal: ring.newest_root(RootKeyName::Journal).unwrap().data_key(),
            bundles: bundles.into_iter().map(open).collect(),
            entries: raw.blobs("SELECT entry FROM journal ORDER BY seq").await,
        }
    }

    /// What a row says to whoever tries every key on it.
    fn open(&self, row: Uuid, sealed: &[u8]) -> Option<String> {
        self.bundles.iter().find_map(|(_, bundle)| {
            let plain = vault::open(bundle.key(0)?, Aad::new(row, 0), sealed).ok()?;
            Some(String::from_utf8(plain.to_vec()).unwrap())
        })
    }

    /// The rows that say something of this child.
    fn tell_of(&self, child: Uuid, rows: &[(Uuid, Vec<u8>)]) -> BTreeSet<Uuid> {
        let child = child.to_string();
        let tells =
            |row: Uuid, sealed: &[u8]| self.open(row, sealed).is_some_and(|says| says.contains(&child));
        rows.iter().filter(|(row, sealed)| tells(*row, sealed)).map(|(row, _)| *row).collect()
    }

    /// How many entries of the journal name, under the journal's own key, whose keys open them.
    fn entries_by_child(&self) -> usize {
        let named = |entry: &&Vec<u8>| {
            let outer = vault::open(&self.journal, Aad::new(Uuid::nil(), 0), entry).unwrap();
            let outer: serde_json::Value = serde_json::from_slice(&outer).unwrap();
            outer.get("of_children").is_some()
        };
        self.entries.iter().filter(named).count()
    }

    /// What the journal says of this child: the kinds of its entries.
    fn journal_of(&self, child: Uuid) -> Vec<String> {
        let mut kinds = Vec::new();
        for entry in &self.entries {
            let outer = vault::open(&self.journal, Aad::new(Uuid::nil(), 0), entry).unwrap();
            let outer: serde_json::Value = serde_json::from_slice(&outer).unwrap();
            let inner = match outer.get("of_children").and_then(|kept| kept.as_array()) {
                None => Some(outer.to_string()),
                Some(kept) => kept.iter().find_map(|kept| {
                    let owner: Uuid = kept[0].as_str().unwrap().parse().unwrap();
                    let sealed = hex::decode(kept[1].as_str().unwrap()).unwrap();
                    let (_, bundle) = self.bundles.iter().find(|(known, _)| *known == owner)?;
                    let plain = vault::open(bundle.key(0)?, Aad::new(owner, 0), &sealed).ok()?;
                    Some(String::from_utf8(plain.to_vec()).unwrap())
                }),
            };
            if let Some(says) = inner.filter(|says| says.contains(&child.to_string())) {
                let says: serde_json::Value = serde_json::from_str(&says).unwrap();
                kinds.push(says["act"].as_str().unwrap().to_owned());
            }
        }
        kinds
    }
}

/// What a row says to whoever holds every key there is now.
pub async fn opened(db: &TestDatabases, row: Uuid, sealed: &[u8]) -> Option<String> {
    Keys::of_now(db).await.open(row, sealed)
}

async fn child_of(db: &TestDatabases, source: &str) -> Uuid {
    let sql = format!(
        "SELECT l.child_id FROM link l JOIN source_record r ON r.record_id = l.record_id JOIN source_system s ON s.source_id = \
         r.source_id WHERE s.name = '{source}'"
    );
    Raw::data(db).await.ids(&sql).await[0]
}

/// One who died, with a hold that ended, a shield in force and a request that waits; and what is stored of it.
async fn much_was_decided(db: &TestDatabases) -> House {
    let house = one_who_died(db).await;
    let number = house.number_of(SCHOOLS, "S-1").await;
    let hold = legal_holds::hold(&house, &number).await;
    legal_holds::release(&house, hold).await;
    house.shield(SCHOOLS, "S-1").await;
    let (asks, ..) = house.desk().await;
    house.directory.request_shield(&asks, shield_request(&number)).await.unwrap();
    house
}

on_both_databases! {
    async fn what_was_asked_and_decided_about_a_destroyed_child_opens_in_no_old_copy(db: TestDatabases) {
        let house = much_was_decided(&db).await;
        let child = child_of(&db, SCHOOLS).await;
        let copy = rows(&db, "pending_act", "act_id").await;
        let then = Keys::of_now(&db).await;
        assert_eq!(then.tell_of(child, &copy).len(), 4, "a hold and its release, a shield and a request");
        assert_eq!(then.journal_of(child), ["legal_hold", "legal_hold_ended", "shield"]);
        let house = on(house, "2033-03-02").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed.values().sum::<u64>(), 1);
        let now = Keys::of_now(&db).await;
        assert_eq!(now.tell_of(child, &copy), [].into(), "no key there is opens an old copy");
        assert_eq!(now.journal_of(child), ["legal_hold_ended", "destruction"], "what a replay must know, and no more");
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0);
    }

    async fn restored_acts_about_a_destroyed_child_are_on_no_list_and_go_with_the_replay(db: TestDatabases) {
        let house = much_was_decided(&db).await;
        back_up(&db).await;
        let mut raw = Raw::data(&db).await;
        raw.run("CREATE TABLE kept_pending_act AS SELECT * FROM pending_act").await;
        let about = "FROM pending_act WHERE kind = 'shield' OR kind LIKE 'legal%'";
        let house = on(house, "2033-03-02").await;
        house.directory.sweep(false).await.unwrap();
        assert_eq!(raw.number(&format!("SELECT count(*) {about}")).await, 0);
        restore(&db).await;
        let ids = "SELECT act_id FROM pending_act";
        raw.run(&format!("INSERT INTO pending_act SELECT * FROM kept_pending_act WHERE act_id NOT IN ({ids})")).await;
        assert_eq!(raw.number(&format!("SELECT count(*) {about}")).await, 4);
        let desk = person(&house, Role::Manager).await;
        let listed = house.directory.shield_requests(&desk).await.unwrap();
        assert!(listed.waiting.is_empty() && listed.reviews.is_empty(), "nobody can open them");
        assert!(house.directory.legal_holds(&desk).await.unwrap().is_empty());
        assert!(house.directory.missing_from_journal().await.unwrap().missing() > 0);
        house.directory.replay_journal().await.unwrap();
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0);
        assert_eq!(raw.number(&format!("SELECT count(*) {about}")).await, 0);
    }

    async fn what_a_seal_ended_opens_in_no_old_copy_three_weeks_later(db: TestDatabases) {
        let house = ruby_and_jade(&db).await;
        house.shield_alone(with_file(&house.number_of(GP, "G-1").await)).await;
        let (asks, first, _) = house.desk().await;
        house.ask_for_shield(&asks, &first, with_file(&house.number_of(GP, "G-1").await)).await;
        let ruby = child_of(&db, GP).await;
        let copy = rows(&db, "pending_act", "act_id").await;
        let named = Keys::of_now(&db).await.entries_by_child();
        sealed(&house).await;
        let now = Keys::of_now(&db).await;
        assert!(now.entries.len() > named, "the order is in the journal");
        assert_eq!(now.entries_by_child(), named, "and beside it stands nothing by which its two children are known (law 5)");
        let sweep = async |days: i64| {
            house.clock.advance(jiff::SignedDuration::from_hours(24 * days));
            house.directory.sweep(false).await.unwrap();
            Keys::of_now(&db).await.tell_of(ruby, &copy).len()
        };
        assert_eq!(sweep(20).await, 2, "a restore finds what waited");
        assert_eq!(sweep(2).await, 0);
        let first = person(&house, Role::Manager).await;
        assert_eq!(waiting(&house, &first).await.len(), 1, "what goes on is under a key of its own");
    }

    async fn the_bodies_of_a_month_whose_years_are_over_open_in_no_old_copy(db: TestDatabases) {
        let house = one_who_died(&db).await;
        let mut data = Raw::data(&db).await;
        let entries = data.ids("SELECT entry_id FROM audit_entry ORDER BY entry_id").await;
        let bodies = data.blobs("SELECT body FROM audit_entry ORDER BY entry_id").await;
        let copy: Vec<(Uuid, Vec<u8>)> = entries.into_iter().zip(bodies).collect();
        let mut keys = Raw::keys(&db).await;
        let bundles = copy_of_bundles(&mut keys).await;
        keys.run("CREATE TABLE kept_bundle AS SELECT * FROM bundle").await;
        assert_eq!(bodies_read(&db, &copy).await, copy.len(), "the key of the month opens each");
        let mut house = worked_until(house, "2038-04-02").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().audit_months_destroyed, 1);
        assert_eq!(bodies_read(&db, &copy).await, 0, "no key there is opens an old copy");
        // The key store is put back as it was, and knows of nothing that was destroyed since.
        keys.run("DELETE FROM destroyed_bundle").await;
        keys.run("INSERT INTO bundle SELECT * FROM kept_bundle WHERE owner_id NOT IN (SELECT owner_id FROM bundle)").await;
        assert_eq!(bodies_read(&db, &copy).await, copy.len());
        assert_eq!(house.directory.sweep(false).await.unwrap().audit_months_destroyed, 1, "the date says it again");
        assert_eq!(bodies_read(&db, &copy).await, 0);
        // Nor does the copy of the key store, once the generation that wrapped it has had its time.
        for day in ["2038-04-02", "2038-04-23"] {
            house = on(house, day).await;
            house.directory.rotate_generations().await.unwrap();
        }
        let ring = present_keys(&db).await;
        assert!(bundles.iter().all(|(owner, row)| ring.unwrap_bundle(*owner, row).is_err()));
    }

    async fn what_a_family_asked_about_a_destroyed_child_opens_in_no_old_copy_once_it_is_closed(db: TestDatabases) {
        let house = on(one_who_died(&db).await, "2033-02-20").await;
        let number = house.number_of(SCHOOLS, "S-1").await;
        let (morgan, reece) = house.managers().await;
        let d = house.directory.clone();
        let refused = taken_in(&house, &morgan, &number, herself()).await;
        d.refuse_request(&morgan, refused, RequestRefusal::AnsweredBefore).await.unwrap();
        let disputed = DisputeIntake {
            number: number.clone(),
            raiser: DisputeRaiser::Carer,
            item: DisputedItem::DateOfBirth,
            proposed: None,
            received: d.today(),
        };
        d.take_in_dispute(&morgan, disputed).await.unwrap();
        let disputed = d.disputes(&morgan).await.unwrap()[0].id;
        d.ask_sources(&reece, disputed).await.unwrap();
        let waits = taken_in(&house, &morgan, &number, herself()).await;
        let complaint = ComplaintIntake { subject: ComplaintSubject::WhoLooked, about: None, request: None, received: d.today() };
        d.take_in_complaint(&morgan, complaint).await.unwrap();
        let copy = rows(&db, "family_matter", "matter_id").await;
        let mut raw = Raw::data(&db).await;
        raw.run("CREATE TABLE kept_matter AS SELECT * FROM family_matter").await;
        let tasks = raw.number("SELECT count(*) FROM family_matter WHERE kind = 'source_task'").await as usize;
        assert!(tasks > 0);
        let opens = async || {
            let keys = Keys::of_now(&db).await;
            copy.iter().filter(|(row, sealed)| keys.open(*row, sealed).is_some()).count()
        };
        assert_eq!(opens().await, tasks + 4);
        let house = on(house, "2033-03-02").await;
        house.directory.sweep(false).await.unwrap();
        assert_eq!(opens().await, tasks + 3, "what was closed goes with the child; who waits is still answered");
        let (morgan, _) = house.managers().await;
        d.close_dispute(&morgan, disputed, SourceAnswer::CannotSay).await.unwrap();
        d.refuse_request(&morgan, waits, RequestRefusal::AnsweredBefore).await.unwrap();
        house.directory.sweep(false).await.unwrap();
        assert_eq!(opens().await, 1, "the complaint, which names no child; nobody's tasks wait at a source");
        assert_eq!(raw.count("family_matter").await, 1);
        // Restored, also as open ones, they are on no list, and go.
        let there = "SELECT matter_id FROM family_matter";
        raw.run(&format!("INSERT INTO family_matter SELECT * FROM kept_matter WHERE matter_id NOT IN ({there})")).await;
        let (morgan, _) = house.managers().await;
        assert!(d.disputes(&morgan).await.unwrap().is_empty() && d.subject_requests(&morgan).await.unwrap().is_empty());
        house.directory.sweep(false).await.unwrap();
        assert_eq!(raw.count("family_matter").await, 1);
    }

    async fn an_offer_of_a_destroyed_child_opens_in_no_old_copy(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(CARE, &[child("C-1", "Wren", "Winterbourne", "2008-06-07").at("8 Orchard Way", "LS8 1BB")]).await;
        house.holds_end();
        let number = house.number_of(CARE, "C-1").await;
        house.shield_alone(shield_request(&number)).await;
        house.another_authority().await;
        let lena = house.person("lena", Role::Manager, house.council).await;
        let offer = TransferOffer { number, to: "Bradford".to_owned(), reason: TransferReason::MovedHome };
        let d = house.directory.clone();
        let ended = d.offer_transfer(&lena, &offer).await.unwrap();
        d.take_transfer_back(&lena, ended).await.unwrap();
        d.offer_transfer(&lena, &offer).await.unwrap();
        let child = child_of(&db, CARE).await;
        let copy = rows(&db, "transfer_offer", "offer_id").await;
        assert_eq!(Keys::of_now(&db).await.tell_of(child, &copy).len(), 2, "one that ended and one that waits");
        let house = on(house, "2032-07-02").await;
        house.directory.sweep(false).await.unwrap();
        assert_eq!(Keys::of_now(&db).await.tell_of(child, &copy), [].into());
        let mut raw = Raw::data(&db).await;
        assert_eq!((raw.count("child").await, raw.count("transfer_offer").await), (0, 0));
    }

    async fn a_case_that_was_answered_opens_in_no_old_copy(db: TestDatabases) {
        let (bench, copy) = one_case(&db).await;
        let admin = bench.admin().await;
        let open = bench.house.directory.open_reviews(&admin).await.unwrap();
        assert_eq!((open.len(), cases_read(&db, &copy).await), (1, 1));
        bench.house.directory.answer_review(&admin, open[0].id, ReviewAnswer::New, BASIS).await.unwrap();
        bench.house.directory.sweep(false).await.unwrap();
        assert_eq!((Raw::data(&db).await.count("review").await, cases_read(&db, &copy).await), (0, 0));
    }

    async fn a_case_about_a_destroyed_record_goes_with_it(db: TestDatabases) {
        let (bench, copy) = one_case(&db).await;
        let mut house = bench.house;
        for day in ["2033-03-05", "2039-03-06"] {
            house = on(house, day).await;
            house.directory.sweep(false).await.unwrap();
        }
        assert_eq!(Raw::data(&db).await.count("source_record").await, 0);
        assert_eq!((Raw::data(&db).await.count("review").await, cases_read(&db, &copy).await), (0, 0));
    }
}

/// How many bodies of the trail open with the keys there are.
async fn bodies_read(db: &TestDatabases, copy: &[(Uuid, Vec<u8>)]) -> usize {
    let keys = Keys::of_now(db).await;
    copy.iter().filter(|(entry, body)| keys.open(*entry, body).is_some()).count()
}

/// A record of which the matcher asks whose it is, and a copy of the cases.
async fn one_case(db: &TestDatabases) -> (Bench, Vec<(Uuid, Vec<u8>)>) {
    let bench = Bench::open(db).await;
    bench.twins().await;
    let copy = rows(db, "review", "review_id").await;
    (bench, copy)
}

/// How many of them open with the keys there are.
async fn cases_read(db: &TestDatabases, copy: &[(Uuid, Vec<u8>)]) -> usize {
    let keys = Keys::of_now(db).await;
    copy.iter().filter(|(case, sealed)| keys.open(*case, sealed).is_some()).count()
}
