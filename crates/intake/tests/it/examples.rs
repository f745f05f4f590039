//! The examples of docs/connect are run as they are printed, where the programs for them are there.

use std::path::Path;
use std::process::{Command, Stdio};

use directory::connecting::CredentialKind;
use testkit::{TestDatabases, block_on};

use crate::house::{CARE, House};

/// The examples in one language, in their order.
fn examples(language: &str) -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/connect/README.md");
    let page = std::fs::read_to_string(page).unwrap();
    let opening = format!("```{language}\n");
    page.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

fn is_there(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let there = asked.is_ok_and(|status| status.success());
    if !there {
        eprintln!("{program} is not there: its examples were not tried");
    }
    there
}

#[test]
fn the_examples_do_what_the_page_says() {
    block_on(async {
        let db = TestDatabases::sqlite().await;
        let house = House::open_now(&db).await;
        let folder = db.folder().to_owned();
        let (certificate, key) = house.care.write(&folder, "client");
        for language in ["sh", "python", "java"] {
            assert!(!examples(language).is_empty(), "no example in {language}");
        }
        if !is_there("openssl") {
            return;
        }
        // As the page tells a supplier to make a signing key, and what of it to register.
        let make = examples("sh").first().cloned().unwrap();
        let made = run(&folder, "sh", &["-euc", &make], &[]).await;
        let digest = made.trim().lines().last().unwrap().trim().to_owned();
        let registered =
            [(CredentialKind::ClientCertificate, house.care.digest()), (CredentialKind::SigningKey, digest)];
        house.directory.declare_credentials(CARE, &registered, true).await.unwrap();

        let address = format!("https://localhost:{}", house.port);
        let roots = folder.join("server.pem");
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let export = folder.join("feed.csv");
        std::fs::write(&export, "record_id,effective_at\nF-1,2026-01-31\n").unwrap();
        let surroundings = [
            ("CONTACTPOINT", address),
            ("ROOTS", text(&roots)),
            ("CERTIFICATE", text(&certificate)),
            ("KEY", text(&key)),
            ("SOURCE", CARE.to_owned()),
            ("FILE", text(&export)),
            ("ROWS", "1".to_owned()),
        ];
        if is_there("curl") {
            for example in examples("sh").iter().skip(1) {
                let said = run(&folder, "sh", &["-euc", example], &surroundings).await;
                assert!(said.contains("\"number\":") || said.contains("\"receipts\":"), "{example}\n{said}");
            }
        }
        if is_there("python3") {
            for example in examples("python") {
                let said = run(&folder, "python3", &["-c", &example], &surroundings).await;
                assert!(said.contains("done"), "{example}\n{said}");
            }
        }
        if is_there("javac") && std::env::var_os("CONTACTPOINT_JAVA").is_some() {
            for example in examples("java") {
                std::fs::write(folder.join("Example.java"), example).unwrap();
                run(&folder, "javac", &["Example.java"], &[]).await;
            }
        }
    });
}

/// Runs a program to its end, beside the server, and gives what it printed.
async fn run(folder: &Path, program: &str, arguments: &[&str], surroundings: &[(&str, String)]) -> String {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).envs(surroundings.iter().map(|(name, value)| (name, value)));
    let ran = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{program} {arguments:?}\n{out}\n{err}");
    out.into_owned()
}
