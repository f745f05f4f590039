//! The kit as a receiver: it listens for what the product sends, answers as a directory would, and goes through the cases one by
//! one. Where a case is about a failure, it fails on purpose.

mod certificate;
mod https;
mod mllp;
mod recorder;

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use conformance::{Agreed, Came, Cast, Given, Step, applying};
use directory::connecting::WayIn;

use super::Usage;

/// Where to listen, and how.
pub(super) struct Listening<'a> {
    pub(super) address: SocketAddr,
    pub(super) way: WayIn,
    /// By what the product's own numbers are known.
    pub(super) agreed: &'a Agreed,
    /// The folder of the kit's certificate, for HTTPS.
    pub(super) tls: Option<&'a Path>,
    /// A host name beside localhost by which the product asks.
    pub(super) host: Option<&'a str>,
}

/// What listens to one step after another.
trait Listener {
    /// A step begins: what comes from now on belongs to it, and is answered as it says.
    fn begins(&self, step: &Step);

    /// The step is done; what came in it.
    fn ended(&self) -> Came;
}

/// Listens, and gives what came for each step of each case.
///
/// # Errors
/// When the address cannot be listened on, or the certificate not be read or made.
pub(super) fn listen(listening: &Listening<'_>, cast: &Cast) -> Result<BTreeMap<String, Vec<Given>>, Usage> {
    let way = listening.way;
    if way == WayIn::Hl7 {
        return Ok(steps(cast, way, &mllp::Mllp::open(listening, cast.profile())?));
    }
    Ok(steps(cast, way, &https::Https::open(listening, cast.profile())?))
}

fn bound(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Usage> {
    let cannot =
        |error| Usage(format!("--endpoint {address}: cannot listen there: {error}; give another port"));
    let listener = TcpListener::bind(address).map_err(cannot)?;
    let address = listener.local_addr().unwrap_or(address);
    Ok((listener, address))
}

/// Goes through the cases; whoever tests says when a step is done. Where the input ends, so does the test.
fn steps(cast: &Cast, way: WayIn, listener: &impl Listener) -> BTreeMap<String, Vec<Given>> {
    let mut given: BTreeMap<String, Vec<Given>> = BTreeMap::new();
    let mut lines = std::io::stdin().lock().lines();
    for case in applying(cast.profile(), way) {
        let mut came = Vec::new();
        for (number, step) in (1_usize..).zip(&case.plan(cast, way).steps) {
            listener.begins(step);
            eprintln!(
                "{} {}, step {number}: {}\n  press Enter when it is sent",
                case.id, case.title, step.asks
            );
            if !matches!(lines.next(), Some(Ok(_))) {
                return given;
            }
            came.push(Given::new(format!("{}, step {number}", case.id), listener.ended()));
        }
        if !came.iter().all(Given::is_empty) {
            given.insert(case.id.to_owned(), came);
        }
    }
    given
}
