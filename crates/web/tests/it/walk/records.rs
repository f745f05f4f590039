//! Which records are one child: a record taken apart, what then waits and is answered, two records joined and undone, and a
//! request about a shielded child at the protected desk.

use super::ledger::Walk;

pub async fn walk(walk: &mut Walk<'_>) {
    let site = walk.site;
    let authority = site.organisation(crate::site::AUTHORITY, "authority", Some("E10000015")).await;
    let administrator = directory::access::Role::DataAdministrator;
    site.account("records", "Quentin Marsh", administrator, authority).await;
    taken_apart_and_answered(walk).await;
    let mut admin = walk.looking("records").await;
    let [first, second] =
        [number(walk, "schools-census", "many-0").await, number(walk, "schools-census", "many-1").await];
    let page = walk.get(&mut admin, "/records/join").await;
    let form = page.form("/records/join/compare").filled(&[("survivor", &first), ("other", &second)]);
    let page = walk.send(&mut admin, form).await;
    for words in
        ["Ada Brackenridge (Schools census)", "Boris Brackenridge (Schools census)", "Differs", "Same"]
    {
        assert!(page.main().contains(words), "{words} in {}", page.main());
    }
    let form = page.form("/records/join").filled(&[("basis", "records_compared"), ("decision", "join")]);
    let page = walk.onward(&mut admin, form).await;
    assert!(
        page.main().contains("Two records joined") && !page.main().contains("Brackenridge"),
        "{}",
        page.main()
    );
    // The acts of one day stand in no order: the one that joined the two.
    let (_, joined) = page.body.split_once("The records themselves show it").unwrap();
    let (_, act) = joined.split_once("name=\"act\" value=\"").unwrap();
    let act = act.split('"').next().unwrap().to_owned();
    let form = page.form("/records/acts/undo").with("act", &act);
    let page = walk.onward(&mut admin, form).await;
    assert!(page.main().contains("Undone"), "{}", page.main());
    assert_eq!(number(walk, "schools-census", "many-1").await, second);
    of_a_shielded_child(walk, &first).await;
    asked_of_a_child_shielded_since(walk).await;
}

async fn number(walk: &Walk<'_>, source: &str, record: &str) -> String {
    let named = [(source.to_owned(), record.to_owned())];
    walk.site.directory.numbers_of_records(&named).await.unwrap().remove(0).to_string()
}

/// A new record that fits both parts waits, and somebody says whose it is.
async fn taken_apart_and_answered(walk: &mut Walk<'_>) {
    let mut admin = walk.looking("records").await;
    let maya = number(walk, "social-care", "maya").await;
    let page = walk.get(&mut admin, "/records/take-apart").await;
    let form = page.form("/records/take-apart/choose").with("number", &maya);
    let page = walk.send(&mut admin, form).await;
    assert!(page.main().contains("Maya Okonjo"), "{}", page.main());
    let one = page.between("name=\"record_1\" type=\"checkbox\" value=\"", "\"").unwrap().to_owned();
    let nothing = page.form("/records/take-apart").with("basis", "source_confirmed");
    let page = walk.refused(&mut admin, nothing).await;
    assert!(page.main().contains("leave at least one"), "{}", page.main());
    let form = page.form("/records/take-apart").filled(&[("basis", "source_confirmed"), ("record_1", &one)]);
    let page = walk.onward(&mut admin, form).await;
    assert!(page.main().contains("A record taken apart"), "{}", page.main());
    walk.site.load_near_maya().await;
    walk.site.clock.advance(jiff::SignedDuration::from_mins(30));
    walk.fresh().await;
    let mut admin = walk.looking("records").await;
    let list = walk.get(&mut admin, "/records").await;
    assert!(!list.body.contains("Okonjo"), "the list names no child");
    let page = walk.follow(&mut admin, &list, "/records/reviews/").await;
    assert!(page.main().contains("It fits records that somebody keeps apart"), "{}", page.main());
    let form = page
        .form_after("/records/reviews/", "")
        .filled(&[("answer", "link_0"), ("basis", "family_confirmed")]);
    let page = walk.onward(&mut admin, form).await;
    assert!(page.main().contains("Two records joined"), "{}", page.main());
}

/// What the matcher asks of a child who is shielded since is two people's to answer, and on no list of an administrator's.
async fn asked_of_a_child_shielded_since(walk: &mut Walk<'_>) {
    walk.site.load_near_maya_as("maya-once-more").await;
    walk.site.clock.advance(jiff::SignedDuration::from_mins(30));
    walk.fresh().await;
    let mut admin = walk.looking("records").await;
    let list = walk.get(&mut admin, "/records").await;
    let case = list.link("/records/reviews/");
    walk.site.shield_number(&number(walk, "schools-census", "maya").await).await;
    walk.fresh().await;
    let mut admin = walk.looking("records").await;
    let list = walk.get(&mut admin, "/records").await;
    assert!(list.links().iter().all(|link| !link.starts_with("/records/reviews/")), "{}", list.main());
    let gone = admin.get(&case).await;
    assert_eq!(gone.status, http::StatusCode::NOT_FOUND);
    walk.fresh().await;
    let mut first = walk.person("manager").await;
    let page = walk.get(&mut first, "/identities/joining").await;
    let nothing = page.form("/identities/joining/answer");
    let told = first.post(&nothing.action, &nothing.pairs()).await;
    assert!(told.main().contains("Select whose record it is"), "{}", told.main());
    walk.fresh().await;
    // Of the two it may be, the one that is shielded is asked about here.
    let apart =
        page.between("name=\"answer\" type=\"radio\" value=\"link", "\"").map(|at| format!("apart{at}"));
    let form = page
        .form("/identities/joining/answer")
        .filled(&[("answer", &apart.unwrap()), ("basis", "practitioner_confirmed")]);
    let page = walk.onward(&mut first, form).await;
    assert!(page.main().contains("Another person goes on with it"), "{}", page.main());
    let mut second = walk.person("manager2").await;
    let page = walk.get(&mut second, "/identities/joining").await;
    let form = page.form("/identities/joining/decide").with("decision", "agree");
    let page = walk.onward(&mut second, form).await;
    assert!(page.main().contains("Nothing waits"), "{}", page.main());
}

/// It is received, and two people decide.
async fn of_a_shielded_child(walk: &mut Walk<'_>, other: &str) {
    let mut admin = walk.looking("records").await;
    let theo = number(walk, "schools-census", "theo").await;
    let page = walk.get(&mut admin, "/records/join").await;
    let form = page.form("/records/join/compare").filled(&[("survivor", &theo), ("other", other)]);
    let page = walk.send(&mut admin, form).await;
    let form = page.form("/records/join").filled(&[("basis", "family_confirmed"), ("decision", "join")]);
    let page = walk.send(&mut admin, form).await;
    assert!(page.main().contains("Your request was received"), "{}", page.main());
    let mut first = walk.person("manager").await;
    let page = walk.get(&mut first, "/identities/joining").await;
    let form = page.form("/identities/joining/propose");
    let page = walk.onward(&mut first, form).await;
    assert!(page.main().contains("Another person goes on with it"), "{}", page.main());
    let mut second = walk.person("manager2").await;
    let page = walk.get(&mut second, "/identities/joining").await;
    let form = page.form("/identities/joining/decide").with("decision", "agree");
    let page = walk.onward(&mut second, form).await;
    assert!(page.main().contains("Nothing waits"), "{}", page.main());
    assert_eq!(number(walk, "schools-census", "many-0").await, theo);
}
