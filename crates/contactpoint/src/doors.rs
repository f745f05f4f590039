//! The doors of source systems, opened beside the pages: each on an address of its own, with the service's certificate.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;

use intake::http::{HttpDoor, Limits};
use intake::mllp::{self, MllpDoor};
use intake::tls::{Clients, Identity, TlsFault, server_config};
use service::SourceDoor;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::{Config, Intake};
use crate::{serve, system};

/// The doors, their addresses taken and nobody let in yet.
#[derive(Default)]
pub struct Doors {
    https: Option<Https>,
    mllp: Option<Mllp>,
    unknown_of_one_address: Option<usize>,
}

struct Mllp {
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    authorities: BTreeMap<String, String>,
}

struct Https {
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    hosts: Vec<String>,
    systems: BTreeMap<String, String>,
}

impl Doors {
    /// Takes the addresses that the configuration names.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let Some(intake) = &config.intake else { return Ok(Self::default()) };
        let identity = identity(intake)?;
        let https = match &intake.https {
            Some(https) => Some(Https {
                listener: serve::listen(https.address)?,
                tls: server_config(&identity, Clients::MayShow, &["http/1.1"])?,
                hosts: https.hosts.clone(),
                systems: https.fhir_systems.clone(),
            }),
            None => None,
        };
        if let Some(https) = &https {
            eprintln!("taking in over HTTPS on {}", https.listener.local_addr()?);
        }
        let mllp = match &intake.mllp {
            Some(mllp) => Some(Mllp {
                listener: serve::listen(mllp.address)?,
                tls: server_config(&identity, Clients::MustShow, &[])?,
                authorities: mllp.assigning_authorities.clone(),
            }),
            None => None,
        };
        if let Some(mllp) = &mllp {
            eprintln!("taking in HL7 over MLLP on {}", mllp.listener.local_addr()?);
        }
        Ok(Self { https, mllp, unknown_of_one_address: intake.unknown_of_one_address })
    }

    /// Lets source systems in until `stopped`; then what was begun may end.
    pub fn serve(self, door: &SourceDoor, stopped: &watch::Receiver<bool>) -> JoinSet<anyhow::Result<()>> {
        let mut served = JoinSet::new();
        let (mut limits, mut mllp_limits) = (Limits::default(), mllp::Limits::default());
        for connections in [&mut limits.connections, &mut mllp_limits.connections] {
            connections.of_one_address = self.unknown_of_one_address.unwrap_or(connections.of_one_address);
        }
        if let Some(Https { listener, tls, hosts, systems }) = self.https {
            let http = HttpDoor::new(door.clone(), hosts, systems, limits);
            let mut stopped = stopped.clone();
            served.spawn(async move {
                let told = async move { drop(stopped.wait_for(|stopped| *stopped).await) };
                Ok(intake::http::serve(listener, tls, http, told).await?)
            });
        }
        if let Some(Mllp { listener, tls, authorities }) = self.mllp {
            let mllp = MllpDoor::new(door.clone(), authorities, mllp_limits);
            let stopped = stopped.clone();
            served.spawn(async move { Ok(mllp::serve(listener, tls, mllp, stopped).await?) });
        }
        served
    }
}

fn identity(intake: &Intake) -> Result<Identity, TlsFault> {
    Identity::read(&intake.certificate_file, &intake.key_file, system::world().now())
}

/// What is wrong with the doors of a configuration.
pub fn faults(config: &Config) -> Vec<String> {
    let Some(intake) = &config.intake else { return Vec::new() };
    let mut faults = Vec::new();
    if let Err(fault) = identity(intake) {
        faults.push(format!("intake: {fault}"));
    }
    if let Some(https) = &intake.https {
        if https.hosts.is_empty() {
            faults
                .push("intake.https.hosts is empty: name the host names that source systems use".to_owned());
        }
        if https.address == config.listen.address {
            faults.push(
                "intake.https.address is that of the pages: give the doors an address of their own"
                    .to_owned(),
            );
        }
        for (name, system) in &https.fhir_systems {
            if !config.sources.iter().any(|source| source.name == *name) {
                faults.push(format!("intake.https.fhir_systems: there is no source {name}"));
            }
            // What stands in front of the bar of a condition must be found again behind it.
            if !system.contains(':')
                || system.contains(|letter: char| letter == '|' || letter.is_whitespace())
            {
                faults.push(format!(
                    "intake.https.fhir_systems.{name} is no address of a system: write a URI such as urn:example:patient"
                ));
            }
        }
    }
    if let Some(mllp) = &intake.mllp {
        let others = [Some(config.listen.address), intake.https.as_ref().map(|https| https.address)];
        if mllp.address.port() != 0 && others.contains(&Some(mllp.address)) {
            faults.push(
                "intake.mllp.address is that of another listener: give it an address of its own".to_owned(),
            );
        }
        for name in mllp.assigning_authorities.keys() {
            if !config.sources.iter().any(|source| source.name == *name) {
                faults.push(format!("intake.mllp.assigning_authorities: there is no source {name}"));
            }
        }
    }
    if intake.unknown_of_one_address == Some(0) {
        faults.push("intake.unknown_of_one_address is 0: nobody would be let in; leave it out".to_owned());
    }
    if intake.https.is_none() && intake.mllp.is_none() {
        faults
            .push("intake opens no door: name intake.https or intake.mllp, or take the table out".to_owned());
    }
    faults
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn no_address_stands_at_the_door_and_among_the_pages() {
        let pages: BTreeSet<&str> = web::routes().map(|route| route.path).collect();
        let both: Vec<&str> =
            intake::http::routes().map(|route| route.path).filter(|path| pages.contains(path)).collect();
        assert_eq!(both, Vec::<&str>::new());
    }
}
