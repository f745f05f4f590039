//! The identity providers of the configuration, made ready: secrets read, every fault told.

use service::{IdentityProvider, Providers, Transport};

use crate::config::{Config, IdentityProviderEntry, Space};

/// The declared providers, or every fault with its place. None when none is declared.
pub fn providers(config: &Config) -> Result<Option<Providers>, Vec<String>> {
    if config.identity_providers.is_empty() {
        return Ok(None);
    }
    let mut faults = Vec::new();
    let (mut declared, mut roots) = (Vec::new(), Vec::new());
    for entry in &config.identity_providers {
        match read(entry) {
            Ok((provider, pem)) => {
                declared.push(provider);
                roots.extend(pem);
            }
            Err(fault) => faults.push(fault),
        }
        if !config.organisations.iter().any(|organisation| organisation.name == entry.organisation) {
            faults.push(format!(
                "identity_provider {}: there is no organisation {:?} in this file",
                entry.id, entry.organisation
            ));
        }
    }
    // Tokens over plain HTTP can be read and changed on the way: only invented children may be behind such a provider.
    let plain_localhost = config.space == Space::Demo;
    let made = Transport::over_https((!roots.is_empty()).then_some(roots.as_slice()), plain_localhost);
    let made = made
        .map_err(|fault| vec![fault])
        .and_then(|transport| Providers::new(declared, transport, plain_localhost));
    match made {
        Ok(providers) if faults.is_empty() => Ok(Some(providers)),
        Ok(_) => Err(faults),
        Err(found) => {
            faults.extend(found.into_iter().map(|fault| format!("identity_provider: {fault}")));
            Err(faults)
        }
    }
}

fn read(entry: &IdentityProviderEntry) -> Result<(IdentityProvider, Vec<u8>), String> {
    let unreadable = |field: &str, path: &std::path::Path, error: std::io::Error| {
        format!("identity_provider {}: {field} {} cannot be read: {error}", entry.id, path.display())
    };
    let secret = std::fs::read_to_string(&entry.client_secret_file)
        .map_err(|error| unreadable("client_secret_file", &entry.client_secret_file, error))?;
    if secret.trim().is_empty() {
        return Err(format!("identity_provider {}: client_secret_file is empty", entry.id));
    }
    let roots = match &entry.roots_file {
        Some(path) => std::fs::read(path).map_err(|error| unreadable("roots_file", path, error))?,
        None => Vec::new(),
    };
    let provider = IdentityProvider {
        id: entry.id.clone(),
        name: entry.name.clone(),
        issuer: entry.issuer.clone(),
        client_id: entry.client_id.clone(),
        client_secret: secret.trim().to_owned(),
        organisation: entry.organisation.clone(),
        acr_values: entry.acr_values.clone(),
        amr_values: entry.amr_values.clone(),
    };
    Ok((provider, roots))
}
