//! The service's own certificate: what is wrong with it is said with the file and the remedy, before anybody connects.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use intake::tls::Identity;
use jiff::Timestamp;

use crate::certificates::Made;

#[test]
fn each_fault_of_the_service_s_own_certificate_names_the_file_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (certificate, key) = Made::of("localhost").write(folder.path(), "one");
    let (_, others_key) = Made::of("localhost").write(folder.path(), "two");
    let (ended, ended_key) = Made::ended("localhost").write(folder.path(), "ended");
    let (_, open_key) = Made::of("localhost").write(folder.path(), "open");
    std::fs::set_permissions(&open_key, std::fs::Permissions::from_mode(0o644)).unwrap();

    assert!(Identity::read(&certificate, &key, now).is_ok());
    let fault =
        |certificate: &Path, key: &Path| Identity::read(certificate, key, now).unwrap_err().to_string();
    for (said, file, remedy) in [
        (fault(&at("none.pem"), &key), "none.pem", "give a file"),
        (fault(&key, &key), "one.key", "BEGIN CERTIFICATE"),
        (fault(&certificate, &certificate), "one.pem", "can be read by everybody"),
        (fault(&certificate, &open_key), "open.key", "chmod 600"),
        (fault(&certificate, &others_key), "two.key", "made together"),
        (fault(&ended, &ended_key), "ended.pem", "put a new one there"),
    ] {
        assert!(said.contains(file) && said.contains(remedy), "{said}");
    }
}
