//! What families ask: a request from its taking in to the letter, a dispute said at a record and answered by its source,
//! a complaint.

use super::ledger::Walk;

pub async fn walk(walk: &mut Walk<'_>) {
    let named = [("social-care".to_owned(), "maya".to_owned())];
    let number = walk.site.directory.numbers_of_records(&named).await.unwrap().remove(0).to_string();
    requested(walk, &number).await;
    disputed(walk, &number).await;
    complained(walk).await;
}

async fn requested(walk: &mut Walk<'_>, number: &str) {
    let mut first = walk.looking("manager").await;
    walk.get(&mut first, "/subject-requests/protected").await;
    let list = walk.get(&mut first, "/subject-requests").await;
    let page = walk.follow(&mut first, &list, "/subject-requests/new").await;
    let form = page.form("/subject-requests/new").filled(&[
        ("child_number", number),
        ("kind", "young_person"),
        ("evidence_kind", "passport"),
        ("evidence_number", "SAR-26-0417"),
        ("evidence_kind_2", "school_card"),
        ("evidence_number_2", "SAR-26-0418"),
        ("capacity", "understands"),
        ("channel", "at_office"),
    ]);
    let list = walk.onward(&mut first, form).await;
    assert!(
        list.body.contains("Give the family this number") && !list.body.contains("Okonjo"),
        "{}",
        list.main()
    );
    let at = list.link("/subject-requests/request/");
    let (step, prepare, read, decide, letter) = (
        format!("{at}/step"),
        format!("{at}/prepare"),
        format!("{at}/read"),
        format!("{at}/decide"),
        format!("{at}/letter"),
    );
    let page = walk.get(&mut first, &at).await;
    let page = walk.onward(&mut first, page.forms(&step).remove(0).with("checked", "yes")).await;
    let channel = format!("{at}/channel");
    let page = walk.onward(&mut first, page.form(&channel).with("channel", "confirmed_address")).await;
    let shown = walk.send(&mut first, page.form(&format!("{channel}/send"))).await;
    let code = shown.between("id=\"channel-code\">", "<").expect("a code").to_owned();
    let page = walk.get(&mut first, &at).await;
    assert!(page.forms(&format!("{channel}/code")).is_empty(), "whoever was shown a code does not enter it");
    assert!(!page.body.contains(&code), "it is shown once");
    let page = walk.send(&mut first, page.form(&prepare).with("depth", "days")).await;
    assert!(page.body.contains("Maya Okonjo") && page.body.contains("Mill Lane"), "{}", page.main());
    let page = walk.get(&mut first, &at).await;
    assert!(page.forms(&decide).is_empty(), "nobody releases what they prepared");
    let mut second = walk.looking("manager2").await;
    let page = walk.get(&mut second, &at).await;
    let page = walk.onward(&mut second, page.form(&format!("{channel}/code")).with("code", &code)).await;
    assert!(page.body.contains("A code sent by it came back"), "{}", page.main());
    let shown = walk.send(&mut second, page.form(&read)).await;
    assert!(shown.body.contains("Maya Okonjo"), "{}", shown.main());
    let hasty = page.form(&decide).with("decision", "release");
    let told = second.post(&hasty.action, &hasty.pairs()).await;
    let kept = "value=\"release\" checked";
    assert!(told.body.contains("Confirm that you have read") && told.body.contains(kept), "{}", told.main());
    walk.fresh().await;
    let form = page.form(&decide).filled(&[("decision", "release"), ("seen", "yes")]);
    let page = walk.onward(&mut second, form).await;
    let taken = walk.send(&mut second, page.form(&letter).with("form", "html")).await;
    assert!(
        taken.body.contains("Maya Okonjo") && !taken.body.contains("href="),
        "it leads nowhere: {}",
        taken.body
    );
    let page = walk.get(&mut second, &at).await;
    let page = walk.onward(&mut second, page.forms(&step).remove(0).with("checked", "yes")).await;
    assert!(page.body.contains("Answered") && page.body.contains("Letter delivered"), "{}", page.main());
}

async fn disputed(walk: &mut Walk<'_>, number: &str) {
    let mut nurse = walk.looking("nurse").await;
    let found = nurse.search(&[("surname", "Okonjo"), ("street", "Mill Lane")]).await;
    let record = nurse.open_only_result(&found).await;
    walk.fresh().await;
    let page = walk.send(&mut nurse, record.form("/disputes/wrong")).await;
    let form = page.form("/disputes/raise").filled(&[("item", "name"), ("surname", "Okonjo-Bell")]);
    let page = walk.send(&mut nurse, form).await;
    assert_eq!(page.heading(), "What you said was received");
    let mut manager = walk.looking("manager").await;
    walk.get(&mut manager, "/disputes/protected").await;
    let list = walk.get(&mut manager, "/disputes").await;
    // What a nurse said at the record is sent on by the desk, which need not wait for the next day.
    let said = list.link("/disputes/dispute/");
    let page = walk.get(&mut manager, &said).await;
    let page = walk.onward(&mut manager, page.form(&format!("{said}/ask"))).await;
    assert!(page.body.contains("Asked, and has not answered yet"), "{}", page.main());
    let list = walk.get(&mut manager, "/disputes").await;
    let page = walk.follow(&mut manager, &list, "/disputes/new").await;
    let form = page.form("/disputes/new").filled(&[
        ("child_number", number),
        ("raiser", "carer"),
        ("item", "education"),
    ]);
    let list = walk.onward(&mut manager, form).await;
    assert!(list.body.contains("The sources are not asked yet"), "{}", list.main());
    // Each source is asked about its own row; the centre answers for one of them.
    let mut source = walk.person("central").await;
    let page = walk.get(&mut source, "/source-tasks").await;
    assert!(
        !page.body.contains("Okonjo") && !page.body.contains("Bell"),
        "no value is told: {}",
        page.main()
    );
    let form = page.form("/source-tasks/rows").filled(&[("source", "social-care"), ("references", "maya")]);
    let page = walk.onward(&mut source, form).await;
    assert!(page.body.contains("maya"), "{}", page.main());
    walk.onward(&mut source, page.forms("/source-tasks/answer").remove(0).with("answer", "upheld")).await;
    let mut manager = walk.looking("manager").await;
    let at = said;
    let page = walk.get(&mut manager, &at).await;
    assert!(
        page.body.contains("social care") || page.body.contains("Schools census"),
        "a source has a name that can be read: {}",
        page.main()
    );
    assert!(!page.body.contains("social-care") && !page.body.contains("schools-census"), "{}", page.main());
    let form = page.form(&format!("{at}/close")).with("answer", "upheld");
    let page = walk.onward(&mut manager, form).await;
    assert!(page.forms(&format!("{at}/close")).is_empty(), "{}", page.main());
}

async fn complained(walk: &mut Walk<'_>) {
    let mut manager = walk.person("manager").await;
    let list = walk.get(&mut manager, "/complaints").await;
    walk.follow(&mut manager, &list, "/complaints/protected").await;
    let page = walk.follow(&mut manager, &list, "/complaints/new").await;
    let list = walk.onward(&mut manager, page.form("/complaints/new").with("subject", "how_answered")).await;
    let at = list.link("/complaints/complaint/");
    let answer = format!("{at}/answer");
    let page = walk.get(&mut manager, &at).await;
    // It names no request: nobody can say whose work it is about, so one person does not close it.
    assert!(page.body.contains("closed when another person gives the same answer"), "{}", page.main());
    let page = walk.onward(&mut manager, page.form(&answer).with("outcome", "upheld")).await;
    assert!(
        page.forms(&answer).is_empty() && page.body.contains("You proposed this answer"),
        "{}",
        page.main()
    );
    let mut second = walk.person("manager2").await;
    let page = walk.get(&mut second, &at).await;
    let page = walk.onward(&mut second, page.form(&answer).with("outcome", "upheld")).await;
    assert!(page.forms(&answer).is_empty() && page.body.contains("Answered"), "{}", page.main());
}
