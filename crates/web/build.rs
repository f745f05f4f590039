//! Takes the GOV.UK Design System from `node_modules` and makes it ours: without the crown, the crest and the Transport
//! font, which only GOV.UK may use, and without any address to fetch. The result is embedded in the binary.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

const OUR_FONTS: &str = r#"system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif"#;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=assets");
    let Some(manifest) = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else { return };
    let Some(out) = env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    let package = manifest.join("../../node_modules/govuk-frontend");
    println!("cargo::rerun-if-changed={}", package.join("package.json").display());
    if !package.join("package.json").is_file() {
        println!(
            "cargo::error=the page styles are not installed: run `npm ci` in the repository's root (`make` does it)"
        );
        return;
    }
    if let Err(fault) = assemble(&package.join("dist/govuk"), &manifest.join("assets"), &out) {
        println!(
            "cargo::error={fault}: run `npm ci` in the repository's root to restore the govuk-frontend package"
        );
    }
}

fn assemble(govuk: &Path, ours: &Path, out: &Path) -> Result<(), String> {
    let css = without_crown_and_font(&read(&govuk.join("govuk-frontend.min.css"))?);
    for forbidden in ["url(", "GDS Transport", "crown", "crest", "@font-face", "@import", "sourceMappingURL"]
    {
        if css.contains(forbidden) {
            return Err(format!("govuk-frontend's CSS still holds {forbidden:?} after cleaning"));
        }
    }
    let css = format!(
        "/*! govuk-frontend by the Government Digital Service: see govuk-frontend-licence.txt */\n{css}\n"
    );
    write(&out.join("contactpoint.css"), &(css + &read(&ours.join("app.css"))?))?;
    let script = read(&govuk.join("govuk-frontend.min.js"))?;
    write(&out.join("govuk-frontend.js"), until(&script, "//# sourceMappingURL"))
}

/// Removes font faces, the crown's and the crest's rules and every `url(…)`, and names our fonts instead of Transport.
fn without_crown_and_font(css: &str) -> String {
    let mut kept = String::with_capacity(css.len());
    for rule in until(css, "/*# sourceMappingURL").split_inclusive('}') {
        let selector_at =
            rule.rfind('{').map_or(0, |open| rule[..open].rfind('{').map_or(0, |outer| outer + 1));
        let (wrapping, own) = rule.split_at(selector_at);
        kept.push_str(wrapping);
        let unwanted = ["@font-face", "govuk-footer__crown", "copyright-logo"];
        if !unwanted.iter().any(|word| own.contains(word)) {
            kept.push_str(own);
        }
    }
    kept.replace("GDS Transport,arial,sans-serif", OUR_FONTS)
}

fn until<'a>(text: &'a str, mark: &str) -> &'a str {
    text.split_once(mark).map_or(text, |(before, _)| before)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|fault| cannot("read", path, &fault))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|fault| cannot("write", path, &fault))
}

fn cannot(act: &str, path: &Path, fault: &io::Error) -> String {
    format!("cannot {act} {}: {fault}", path.display())
}
