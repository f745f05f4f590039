//! The configuration, the key file and the doctor.

use std::os::unix::fs::PermissionsExt;

use testkit::{TestDatabases, block_on, on_both_databases};

use crate::installation::{Installation, Ran, run};
use crate::raw::Raw;

fn check(here: &Installation) -> Ran {
    run(["config", "check", "--config", &here.config()])
}

on_both_databases! {
    async fn a_sound_installation_has_no_fault_and_the_doctor_finds_none(db: TestDatabases) {
        let here = Installation::new(db);
        for what in [&["config", "check"][..], &["doctor"]] {
            let ran = run(what.iter().copied().chain(["--config", &here.config()])).ended(0);
            assert_eq!(ran.out, "No fault found.\n", "{what:?}");
        }
    }

    async fn a_key_of_another_installation_is_refused_and_told_apart_from_a_damaged_one(db: TestDatabases) {
        let here = Installation::new(db);
        run(["doctor", "--config", &here.config()]).ended(0);
        let key = here.path("secret/key");
        std::fs::remove_file(&key).unwrap();
        run(["config", "key", "--out", key.to_str().unwrap()]).ended(0);
        let ran = run(["doctor", "--config", &here.config()]).ended(3);
        assert!(ran.err.contains("key"), "{}", ran.err);
        std::fs::write(&key, "contactpoint-kek-1:short\n").unwrap();
        let ran = run(["doctor", "--config", &here.config()]).ended(1);
        assert!(ran.out.contains("does not hold a key"), "{}", ran.out);
    }
}

/// Puts these two beside the key file in the configuration.
fn name_custodians(here: &Installation, files: Option<[&str; 2]>) {
    let key = here.path("secret/key");
    let line = format!("key_file = \"{}\"", key.display());
    let more = files.map(|files| {
        let [one, other] = files.map(|file| here.path(file).display().to_string());
        format!("\ncustodian_files = [\"{one}\", \"{other}\"]")
    });
    std::fs::write(here.config(), here.toml().replace(&line, &(line.clone() + &more.unwrap_or_default())))
        .unwrap();
}

on_both_databases! {
    async fn the_barrier_once_in_split_custody_opens_with_both_custodians_alone(db: TestDatabases) {
        let here = Installation::new(db);
        for name in ["one", "other", "third"] {
            std::fs::create_dir_all(here.path(name)).unwrap();
            let file = here.path(name).join("key");
            run(["config", "key", "--out", file.to_str().unwrap()]).ended(0);
        }
        let doctor = |status| run(["doctor", "--config", &here.config()]).ended(status);
        doctor(0);
        let mut keys = Raw::connect(&here.db.keys_url).await;
        let barrier = "SELECT wrapped FROM root_key WHERE name = 'barrier'";
        let others = "SELECT wrapped FROM root_key WHERE name <> 'barrier' ORDER BY name, epoch";
        let (before, beside) = (keys.rows(barrier).await, keys.rows(others).await);
        name_custodians(&here, Some(["one/key", "other/key"]));
        doctor(0);
        let after = keys.rows(barrier).await;
        assert_ne!(after, before, "wrapped anew under the keys of both");
        assert_eq!(keys.rows(others).await, beside, "and nothing else");
        name_custodians(&here, Some(["other/key", "one/key"]));
        doctor(0);
        for files in [None, Some(["one/key", "third/key"]), Some(["third/key", "other/key"])] {
            name_custodians(&here, files);
            let refused = doctor(3);
            assert!(refused.err.contains("root key barrier") && refused.err.contains("keys.custodian_files"), "{}", refused.err);
        }
        for [one, other] in [["one/key", "one/key"], ["secret/key", "one/key"], ["one/key", "nowhere/key"]] {
            name_custodians(&here, Some([one, other]));
            let refused = doctor(1);
            assert!(refused.out.contains("keys.custodian_files"), "{}", refused.out);
        }
        assert_eq!(keys.rows(barrier).await, after, "no refusal changed it");
    }
}

#[test]
fn every_fault_of_a_configuration_is_told_at_once() {
    let here = Installation::new(block_on(TestDatabases::sqlite()));
    let text = here
        .toml()
        .replace("hosts = [\"localhost\", \"127.0.0.1\"]", "hosts = []")
        .replace("/witness/", "/nowhere/")
        .replace("profile = \"nhs-gp\"", "profile = \"nhs-dentist\"")
        .replace("kind = \"partner\"", "kind = \"friend\"")
        .replacen("authority = \"E08000035\"", "authority = \"Leeds\"", 1)
        .replacen("organisation = \"Leeds City Council\"", "organisation = \"Leeds\"", 1)
        .replacen("precedence =", "credentials = [\"password:1\"]\nprecedence =", 1)
        + "\n[policy.search]\nresult_cap = 0\n\n[policy.families]\ncode_tries = 0\n"
        + "\n[policy.shield_override]\nminutes = 60\n"
        + "\n[intake]\ncertificate_file = \"/nowhere/a.pem\"\nkey_file = \"/nowhere/a.key\"\n";
    std::fs::write(here.config(), text).unwrap();
    std::fs::set_permissions(here.path("secret/key"), PermissionsExt::from_mode(0o640)).unwrap();
    let ran = check(&here).ended(1);
    for place in [
        "listen.hosts",
        "keys.key_file",
        "audit.witness_file",
        "source social-care",
        "source nhs-gp",
        "policy.search",
        "policy.families",
        "policy.shield_override",
        "organisation Leeds City Council: authority",
        "source gro-births: the credential \"password:1\" is not one",
        "intake: /nowhere/a.pem cannot be read",
        "intake opens no door",
        "organisation Leeds Community Trust: there is no kind friend",
    ] {
        assert!(ran.out.lines().any(|line| line.starts_with(place)), "{place}:\n{}", ran.out);
    }
    assert_eq!(ran.out.lines().count(), 13, "{}", ran.out);
    // What would not pass the check is not served.
    let served = run(["serve", "--config", &here.config()]).ended(3);
    assert!(served.err.contains("listen.hosts") && served.err.contains("policy.search"), "{}", served.err);
}

#[test]
fn an_installation_declares_its_centre() {
    let here = Installation::new(block_on(TestDatabases::sqlite()));
    let centre =
        "\n[[organisation]]\nname = \"The centre\"\nkind = \"centre\"\naccredited_until = 2099-03-31\n";
    here.configure(centre);
    assert_eq!(check(&here).ended(0).out.trim(), "No fault found.");
    run(["doctor", "--config", &here.config()]).ended(0);
}

#[test]
fn a_misspelt_setting_is_named_with_its_line() {
    let here = Installation::new(block_on(TestDatabases::sqlite()));
    let line = here.toml().lines().count() + 3;
    here.configure("\n[polcy]\nperiod = 3\n");
    let ran = check(&here);
    assert_ne!(ran.status, Some(0));
    let said = ran.out + &ran.err;
    assert!(said.contains("polcy") && said.contains(&here.config()), "{line} {said}");
}

#[test]
fn outside_a_demo_the_key_may_not_lie_on_the_datas_own_filesystem() {
    let here = Installation::new(block_on(TestDatabases::sqlite()));
    std::fs::write(here.config(), here.toml().replace("space = \"demo\"", "space = \"live\"")).unwrap();
    let ran = check(&here).ended(1);
    assert!(ran.out.starts_with("keys.key_file lies on the filesystem of the data"), "{}", ran.out);
    let served = run(["serve", "--config", &here.config()]).ended(3);
    assert!(served.err.contains("keys.key_file lies on the filesystem of the data"), "{}", served.err);
}

#[test]
fn a_demo_s_data_is_never_served_as_live() {
    let here = Installation::new(block_on(TestDatabases::sqlite()));
    run(["doctor", "--config", &here.config()]).ended(0);
    std::fs::write(here.config(), here.toml().replace("space = \"demo\"", "space = \"live\"")).unwrap();
    let ran = run(["audit", "key", "--config", &here.config()]);
    assert_ne!(ran.status, Some(0));
    assert!(ran.err.contains("belongs to the space demo"), "{}", ran.err);
}

#[test]
fn the_key_file_is_its_owners_alone_and_never_overwritten() {
    let here = Installation::new(block_on(TestDatabases::sqlite()));
    let key = here.path("secret/key");
    let mode = || std::fs::metadata(&key).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    let before = std::fs::read(&key).unwrap();
    let again = run(["config", "key", "--out", key.to_str().unwrap()]).ended(3);
    assert!(again.err.contains("not overwritten"), "{}", again.err);
    assert_eq!(std::fs::read(&key).unwrap(), before);
    assert!(!again.err.contains(std::str::from_utf8(&before).unwrap().trim()));
    for open in [0o640, 0o604, 0o620, 0o660, 0o644] {
        std::fs::set_permissions(&key, PermissionsExt::from_mode(open)).unwrap();
        let commands = [&["doctor"][..], &["audit", "key"], &["serve"], &["config", "check"]];
        for command in commands {
            let ran = run(command.iter().copied().chain(["--config", &here.config()]));
            assert_ne!(ran.status, Some(0), "{command:?}");
            let said = ran.out + &ran.err;
            assert!(said.contains("chmod 600") && said.contains(&format!("{open:o}")), "{command:?}: {said}");
        }
    }
    assert!(!here.path("data").exists(), "nothing was opened with a key that others can read");
}

#[test]
fn the_databases_are_made_for_their_owner_alone() {
    let here = Installation::new(block_on(TestDatabases::sqlite()));
    run(["doctor", "--config", &here.config()]).ended(0);
    for file in ["data/data.db", "keys/keys.db"] {
        let mode = std::fs::metadata(here.path(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file}");
    }
}

#[test]
fn data_and_keys_in_one_place_are_refused() {
    let here = Installation::new(block_on(TestDatabases::sqlite()));
    std::fs::write(here.config(), here.toml().replace("/keys/keys.db", "/data/keys.db")).unwrap();
    for command in [&["config", "check"][..], &["doctor"]] {
        let ran = run(command.iter().copied().chain(["--config", &here.config()])).ended(1);
        assert!(ran.out.contains("keys.url"), "{command:?}: {}", ran.out);
    }
}
