//! Files in parts: what is cut, sent twice, changed on its way or too much, and what becomes of a whole one (law 8).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use directory::feeding::FeedSettings;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::uploads::UploadState;
use testkit::{TestDatabases, on_both_databases};

use crate::client::{Answer, request};
use crate::house::{CARE, House, open};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const PART: (&str, &str) = ("Content-Type", "application/offset+octet-stream");

/// A file of social care with so many children.
pub fn file(children: usize) -> Vec<u8> {
    file_of("social-care", children)
}

/// A file of a profile with so many children.
fn file_of(profile: &str, children: usize) -> Vec<u8> {
    let profile = feeds::Profile::named(profile).unwrap();
    let mut text = format!("{}\n", profile.header());
    for n in 0..children {
        let day = n % 28 + 1;
        let value = |name: &str| match name {
            "record_id" => format!("C-{n}"),
            "effective_at" => "2026-01-31".to_owned(),
            "forenames" => format!("Child{}", letters(n)),
            "surname" => format!("Quill{}", letters(n * 7)),
            "date_of_birth" => format!("2014-{:02}-{day:02}", n % 12 + 1),
            _ => String::new(),
        };
        let row: Vec<String> = profile.columns().map(|column| value(column.name)).collect();
        text.push_str(&format!("{}\n", row.join(",")));
    }
    text.into_bytes()
}

/// The same children as a workbook, which is read from several places and not from its first byte to its last.
fn workbook(children: usize) -> Vec<u8> {
    let csv = String::from_utf8(file(children)).unwrap();
    let mut lines = csv.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    testkit::formats::workbook(&header, &lines.collect::<Vec<_>>())
}

fn letters(mut n: usize) -> String {
    let mut text = String::new();
    while n > 0 {
        text.push(char::from(b'a' + u8::try_from(n % 26).unwrap()));
        n /= 26;
    }
    text
}

pub fn announcement(file: &[u8], rows: usize, sequence: i64) -> Value {
    let sha256: String = Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect();
    json!({"kind": "full", "sequence": sequence, "rows": rows, "sha256": sha256, "as_of": "2026-01-31", "bytes": file.len()})
}

pub async fn announce(house: &House, announced: &Value) -> Answer {
    house.ask(Some(&house.care), "POST", "/v1/uploads", &[JSON], announced.to_string().as_bytes()).await
}

pub async fn part(house: &House, place: &str, at: usize, bytes: &[u8]) -> Answer {
    let at = at.to_string();
    house.ask(Some(&house.care), "PATCH", place, &[PART, ("Upload-Offset", &at)], bytes).await
}

pub async fn stands(house: &House, place: &str) -> Value {
    house.ask(Some(&house.care), "GET", place, &[], b"").await.is(200).json()
}

on_both_databases! {
    async fn a_cut_in_mid_part_loses_that_part_alone_and_any_server_goes_on(db: TestDatabases) {
        let house = House::open(&db).await;
        let (whole, rows) = (file(60), 60);
        let made = announce(&house, &announcement(&whole, rows, 1)).await.is(201);
        let place = made.header("location").unwrap().to_owned();
        let (one, two) = (whole.len() / 3, whole.len() / 3 * 2);
        part(&house, &place, 0, &whole[..one]).await.is(204);

        let at = one.to_string();
        let cut = request("PATCH", &place, &[PART, ("Upload-Offset", &at)], &whole[one..two]);
        let mut connection = house.connect(Some(&house.care)).await;
        connection.send(&cut[..cut.len() - 10]).await.unwrap();
        drop(connection);
        let head = house.ask(Some(&house.care), "HEAD", &place, &[], b"").await.is(200);
        assert_eq!(head.header("upload-offset"), Some(at.as_str()), "nothing of the part that was cut is there");

        // A part that comes twice, one that begins elsewhere, one that changed, one that goes too far.
        let twice = part(&house, &place, 0, &whole[..one]).await.is(409);
        assert_eq!(twice.header("upload-offset"), Some(at.as_str()));
        part(&house, &place, two, &whole[two..]).await.is(409);
        let changed = format!("sha256 {}", STANDARD.encode(Sha256::digest(b"another part")));
        let headers = [PART, ("Upload-Offset", at.as_str()), ("Upload-Checksum", changed.as_str())];
        house.ask(Some(&house.care), "PATCH", &place, &headers, &whole[one..two]).await.is(460);
        let small = part(&house, &place, one, &whole[one..one + 999]).await.is(400).json();
        assert_eq!(small["type"], "urn:contactpoint:problem:part-too-small");
        assert!(small["remedy"].as_str().unwrap().contains("1000 bytes"), "{small}");
        let too_far = [&whole[one..], b"more"].concat();
        part(&house, &place, one, &too_far).await.is(413);
        house.ask(Some(&house.gp), "GET", &place, &[], b"").await.is(404);

        let sound = format!("sha256 {}", STANDARD.encode(Sha256::digest(&whole[one..two])));
        let headers = [PART, ("Upload-Offset", at.as_str()), ("Upload-Checksum", sound.as_str())];
        house.ask(Some(&house.care), "PATCH", &place, &headers, &whole[one..two]).await.is(204);
        part(&house, &place, two, &whole[two..]).await.is(204);
        assert_eq!(stands(&house, &place).await["state"], "loading", "whether it is its turn is not told");
        house.ask(Some(&house.care), "DELETE", &place, &[], b"").await.is(409);

        // Another server loads it, and is taken over from when it dies.
        let other = open(&db, &house.clock, 2).await;
        let dying = other.clone();
        let loading = tokio::spawn(async move { dying.load_an_upload().await });
        let store = store::Store::open(&db.data_url, &db.keys_url, &store::Options::default()).await.unwrap();
        while loads_begun(&store).await == 0 && !loading.is_finished() {
            tokio::task::yield_now().await;
        }
        loading.abort();
        let died = loading.await.is_err();
        assert!(!died || !house.directory.load_an_upload().await.unwrap(), "the claim of the one that died still holds");
        house.minutes_pass(3);
        if died {
            assert!(house.directory.load_an_upload().await.unwrap());
        }
        let shown = stands(&house, &place).await;
        assert_eq!(shown["state"], "loading", "how it ended is told no sooner than its receipts are: {shown}");
        house.minutes_pass(11);
        let shown = stands(&house, &place).await;
        assert_eq!((shown["state"].as_str(), shown["rows"].as_u64()), (Some("loaded"), Some(60)));
        let day = house.directory.today();
        let sums = house.directory.reconciliation(CARE, day).await.unwrap().total;
        assert_eq!((sums.sent, sums.accepted), (60, 60), "each row once, and none left out");
        let id = shown["id"].as_str().unwrap().parse().unwrap();
        let mut conn = store.reader().await.unwrap();
        let parts = store::uploads::parts(&mut conn, id).await.unwrap();
        assert!(parts.is_empty(), "its parts are gone with their key");
        drop(conn);
        store.close().await;

        // A full file that lacks most of them: a person decides, and its source is told that, with the receipts.
        let (fewer, rows) = (file(20), 20);
        let made = announce(&house, &announcement(&fewer, rows, 2)).await.is(201);
        let place = made.header("location").unwrap().to_owned();
        part(&house, &place, 0, &fewer).await.is(204);
        assert!(house.directory.load_an_upload().await.unwrap());
        assert_eq!(stands(&house, &place).await["state"], "loading");
        house.minutes_pass(11);
        assert_eq!(stands(&house, &place).await["state"], "awaits_confirmation");
        assert!(!house.directory.load_an_upload().await.unwrap(), "nobody has decided");
        house.ask(Some(&house.care), "DELETE", &place, &[], b"").await.is(409);
        let dana = house.administrator().await;
        let line = house.directory.sources_page(&dana).await.unwrap().absences.remove(0);
        assert_eq!((line.absent, line.held), (40, 60));
        house.directory.decide_absence(&dana, line.run, &line.digest, false).await.unwrap();
        house.minutes_pass(2);
        assert!(house.directory.load_an_upload().await.unwrap());
        house.minutes_pass(11);
        assert_eq!(stands(&house, &place).await["state"], "loaded");
    }

    async fn a_workbook_that_came_in_parts_is_loaded_as_its_rows_would_be(db: TestDatabases) {
        let house = House::open(&db).await;
        let whole = workbook(20);
        let made = announce(&house, &announcement(&whole, 20, 1)).await.is(201);
        let place = made.header("location").unwrap().to_owned();
        for (at, bytes) in whole.chunks(whole.len() / 7).enumerate() {
            part(&house, &place, at * (whole.len() / 7), bytes).await.is(204);
        }
        assert!(house.directory.load_an_upload().await.unwrap());
        house.minutes_pass(11);
        let shown = stands(&house, &place).await;
        assert_eq!((shown["state"].as_str(), shown["rows"].as_u64()), (Some("loaded"), Some(20)), "{shown}");
        let sums = house.directory.reconciliation(CARE, house.directory.today()).await.unwrap().total;
        assert_eq!((sums.sent, sums.accepted), (20, 20));
    }

    async fn what_is_not_as_announced_is_refused_and_what_is_too_much_or_too_old_goes(db: TestDatabases) {
        let house = House::open(&db).await;
        let whole = file(3);
        let bad = |place: &'static str, value: Value| {
            let mut announced = announcement(&whole, 3, 1);
            announced[place] = value;
            (place, announced)
        };
        for (place, announced) in [bad("sha256", json!("abc")), bad("sequence", json!(0)), bad("bytes", json!(1_u64 << 40))] {
            assert_eq!(announce(&house, &announced).await.is(400).json()["place"], place);
        }
        announce(&house, &bad("colour", json!("red")).1).await.is(400);
        for _ in 0..2 {
            announce(&house, &bad("bytes", json!(4_u64 << 30)).1).await.is(201);
        }
        let full = announce(&house, &announcement(&whole, 3, 1)).await.is(413).json();
        assert_eq!((full["type"].as_str(), full["place"].as_str()), (Some("urn:contactpoint:problem:too-much-under-way"), Some("bytes")));
        house.minutes_pass(9 * 24 * 60);
        house.directory.do_duties().await.unwrap();

        let (_, other) = bad("sha256", json!("ab".repeat(32)));
        let place = announce(&house, &other).await.is(201).header("location").unwrap().to_owned();
        part(&house, &place, 0, &whole).await.is(204);
        for _ in 0..2 {
            announce(&house, &announcement(&whole, 3, 1)).await.is(201);
        }
        let many = announce(&house, &announcement(&whole, 3, 1)).await.is(429).json();
        assert!(many["detail"].as_str().unwrap().contains("3 files"), "{many}");
        assert!(house.directory.load_an_upload().await.unwrap());
        // How it ended is told with the receipts, and it counts until then: its source learns no sooner that it was read.
        assert_eq!(stands(&house, &place).await["state"], "loading");
        announce(&house, &announcement(&whole, 3, 1)).await.is(429);
        house.minutes_pass(11);
        announce(&house, &announcement(&whole, 3, 1)).await.is(201);
        let shown = stands(&house, &place).await;
        assert_eq!((shown["state"].as_str(), shown["refused"]["code"].as_str()), (Some("refused"), Some("M02")));
        house.ask(Some(&house.care), "DELETE", &place, &[], b"").await.is(204);
        house.ask(Some(&house.care), "GET", &place, &[], b"").await.is(404);
        assert!(!house.directory.load_an_upload().await.unwrap(), "nothing waits");
    }
}

on_both_databases! {
    async fn a_source_that_is_slow_keeps_no_other_s_file_waiting(db: TestDatabases) {
        let house = House::open(&db).await;
        let dana = house.administrator().await;
        let care = house.source_id(&dana, CARE).await;
        // Its second group comes after a hundred seconds: the file is not loaded while this test lasts.
        let slow = FeedSettings { rate: 1, first_batch: 100, ..FeedSettings::default() };
        house.directory.set_feed_settings(&dana, care, slow).await.unwrap();
        let whole = file(120);
        let made = announce(&house, &announcement(&whole, 120, 1)).await.is(201);
        let slow = made.header("location").unwrap().to_owned();
        part(&house, &slow, 0, &whole).await.is(204);
        house.minutes_pass(1);
        let small = file_of("nhs-gp", 3);
        let announced = announcement(&small, 3, 1).to_string();
        let gp = Some(&house.gp);
        let made = house.ask(gp, "POST", "/v1/uploads", &[JSON], announced.as_bytes()).await.is(201);
        let quick = made.header("location").unwrap().to_owned();
        house.ask(gp, "PATCH", &quick, &[PART, ("Upload-Offset", "0")], &small).await.is(204);

        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let directory = house.directory.clone();
        let loading = tokio::spawn(async move { directory.load_uploads(async { drop(stopped.await) }).await });
        let store = store::Store::open(&db.data_url, &db.keys_url, &store::Options::default()).await.unwrap();
        let state = async |place: &str| {
            let id = place.rsplit('/').next().unwrap().parse().unwrap();
            let row = store::uploads::by_id(&mut store.reader().await.unwrap(), id).await.unwrap();
            row.unwrap().state
        };
        while state(&quick).await != UploadState::Loaded {
            tokio::task::yield_now().await;
        }
        assert_eq!(state(&slow).await, UploadState::Loading, "and the slow one goes on beside it");
        // It stops between two groups, and whichever server looks next goes on with it.
        drop(stop);
        loading.await.unwrap();
        house.directory.set_feed_settings(&dana, care, FeedSettings::default()).await.unwrap();
        let other = open(&db, &house.clock, 2).await;
        house.minutes_pass(3);
        assert!(other.load_an_upload().await.unwrap());
        store.close().await;
        house.minutes_pass(11);
        assert_eq!(stands(&house, &slow).await["state"], "loaded");
        let sums = house.directory.reconciliation(CARE, house.directory.today()).await.unwrap().total;
        assert_eq!((sums.sent, sums.accepted), (120, 120), "each row once, and none left out");
    }
}

/// Announces a whole file under a number; gives its place.
async fn announced(house: &House, file: &[u8], rows: usize, sequence: i64) -> String {
    let made = announce(house, &announcement(file, rows, sequence)).await.is(201);
    made.header("location").unwrap().to_owned()
}

on_both_databases! {
    async fn files_on_their_way_are_loaded_in_the_order_of_their_numbers_whichever_is_whole_first(db: TestDatabases) {
        let house = House::open(&db).await;
        let (one, two) = (file(20), file(21));
        // The second is announced first as well.
        let second = announced(&house, &two, 21, 2).await;
        let first = announced(&house, &one, 20, 1).await;
        part(&house, &first, 0, &one[..1_500]).await.is(204);
        part(&house, &second, 0, &two).await.is(204);
        assert!(!house.directory.load_an_upload().await.unwrap(), "the first is still coming");
        assert_eq!(stands(&house, &second).await["state"], "loading");
        part(&house, &first, 1_500, &one[1_500..]).await.is(204);
        for _ in 0..2 {
            assert!(house.directory.load_an_upload().await.unwrap());
        }
        house.minutes_pass(11);
        for place in [&first, &second] {
            assert_eq!(stands(&house, place).await["state"], "loaded");
        }
    }

    async fn a_file_that_never_becomes_whole_holds_the_later_ones_no_longer_than_it_is_kept(db: TestDatabases) {
        let house = House::open(&db).await;
        let (one, two, three) = (file(20), file(21), file(22));
        let first = announced(&house, &one, 20, 1).await;
        let second = announced(&house, &two, 21, 2).await;
        part(&house, &second, 0, &two).await.is(204);
        assert!(!house.directory.load_an_upload().await.unwrap());
        house.ask(Some(&house.care), "DELETE", &first, &[], b"").await.is(204);
        assert!(house.directory.load_an_upload().await.unwrap(), "the first was given up");
        house.minutes_pass(11);
        // A number that was loaded is not waited for, nor another attempt at the same file.
        let attempts = [announced(&house, &one, 20, 1).await, announced(&house, &three, 22, 3).await];
        let third = announced(&house, &three, 22, 3).await;
        part(&house, &third, 0, &three).await.is(204);
        assert!(house.directory.load_an_upload().await.unwrap());
        house.minutes_pass(11);
        for place in [&second, &third] {
            assert_eq!(stands(&house, place).await["state"], "loaded");
        }
        for place in attempts {
            house.ask(Some(&house.care), "DELETE", &place, &[], b"").await.is(204);
        }
        // Abandoned in the middle: it is no longer waited for once it is too old to go on.
        let fourth = announced(&house, &one, 20, 4).await;
        part(&house, &fourth, 0, &one[..1_500]).await.is(204);
        house.minutes_pass(24 * 60);
        let fifth = announced(&house, &two, 21, 5).await;
        part(&house, &fifth, 0, &two).await.is(204);
        house.minutes_pass(6 * 24 * 60);
        assert!(!house.directory.load_an_upload().await.unwrap());
        house.minutes_pass(24 * 60);
        assert!(house.directory.load_an_upload().await.unwrap());
        house.minutes_pass(11);
        let shown = stands(&house, &fifth).await;
        assert_eq!((shown["state"].as_str(), shown["refused"]["code"].as_str()), (Some("refused"), Some("M03")), "{shown}");
    }
}

/// How many rows of any file are loaded.
async fn loads_begun(store: &store::Store) -> usize {
    let mut conn = store.reader().await.unwrap();
    let source = store::sources::by_name(&mut conn, CARE).await.unwrap().unwrap();
    store::runs::of_source(&mut conn, source.source_id, 1).await.unwrap().len()
}
