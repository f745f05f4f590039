//! `contactpoint openapi`: the interface of the HTTPS door as an OpenAPI document.

use std::process::ExitCode;

/// Prints it.
pub fn run() -> anyhow::Result<ExitCode> {
    println!("{}", serde_json::to_string_pretty(&intake::http::openapi())?);
    Ok(ExitCode::SUCCESS)
}
