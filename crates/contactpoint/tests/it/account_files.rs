//! Joiners and leavers from a file, at the command line.

use testkit::{TestDatabases, on_both_databases};

use crate::installation::{Installation, run};

on_both_databases! {
    async fn a_file_is_tried_and_then_brought_in_all_or_nothing(db: TestDatabases) {
        let here = Installation::new(db);
        let header = run(["account", "import-header"]).ended(0).out;
        let (config, file) = (here.config(), here.path("joiners.csv"));
        let import = |text: &str, more: &[&str]| {
            std::fs::write(&file, format!("{header}{text}\n")).unwrap();
            let arguments = ["account", "import", "--config", config.as_str(), file.to_str().unwrap()];
            run(arguments.into_iter().chain(more.iter().copied()))
        };
        let joins = "join,nadia,Nadia Karim,Leeds City Council,practitioner,,,,,,,,,,,,no";
        let wrong = "join,nadia,Nadia Karim,Leeds City Hall,practitioner,,,,,,,,,,,,no";
        let refused = import(wrong, &[]).ended(1).out;
        assert!(refused.contains("line 2, column organisation: "), "{refused}");
        assert!(refused.contains("Nothing was done") && !refused.contains("Karim"), "{refused}");
        let tried = import(joins, &["--dry-run"]).ended(0).out;
        assert!(tried.contains("Lines that would be brought in: 1. Nothing was done."), "{tried}");
        let done = import(joins, &[]).ended(0).out;
        assert!(done.contains("account_requested") && done.contains("Lines brought in: 1."), "{done}");
        let again = import(joins, &[]).ended(0).out;
        assert!(again.contains("line 2: no change (requested)"), "{again}");
        let left = import("leave,nadia,,,,,,,,,,,,,,,", &[]).ended(0).out;
        assert!(left.contains("line 2: closed (closed)"), "{left}");
        import(joins, &[]).ended(1);
    }
}
