//! The kit's own certificate: made once in a folder, so that the product is told once to trust it.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use intake::tls::Identity;
use jiff::tz::TimeZone;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::super::Usage;
use crate::system;

/// The certificate of a folder, made for these names where there is none.
///
/// # Errors
/// When it cannot be read or written, or its days are over.
pub(super) fn read_or_make(folder: &Path, names: &[String]) -> Result<Identity, Usage> {
    let (certificate, key) = (folder.join("server.pem"), folder.join("server.key"));
    if !certificate.exists() && !key.exists() {
        make(&certificate, &key, names).map_err(|why| Usage(format!("--tls {}: {why}", folder.display())))?;
        eprintln!("a new certificate is in {}: let the product trust it for the test", certificate.display());
    }
    Identity::read(&certificate, &key, system::world().now())
        .map_err(|fault| Usage(format!("--tls: {fault}")))
}

fn make(certificate: &Path, key: &Path, names: &[String]) -> Result<(), String> {
    let today = system::world().now().to_zoned(TimeZone::UTC).date();
    let day = |year: i16| {
        let (month, day) = (today.month().unsigned_abs(), today.day().unsigned_abs());
        // No year lacks the twenty-eighth of a month.
        date_time_ymd(i32::from(year), month, day.min(28))
    };
    let made = |error: rcgen::Error| format!("no certificate can be made: {error}");
    let mut params = CertificateParams::new(names.to_vec()).map_err(made)?;
    (params.not_before, params.not_after) = (day(today.year()), day(today.year() + 1));
    let pair = KeyPair::generate().map_err(made)?;
    let signed = params.self_signed(&pair).map_err(made)?;
    let write = |path: &Path, mode: u32, text: &str| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(text.as_bytes())
    };
    if let Some(folder) = certificate.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("cannot be made: {error}"))?;
    }
    let written =
        write(key, 0o600, &pair.serialize_pem()).and_then(|()| write(certificate, 0o644, &signed.pem()));
    written.map_err(|error| format!("cannot be written: {error}"))
}
