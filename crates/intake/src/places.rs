//! Who holds how many places at a door. A connection that has not proved yet whose it is stands apart from those of the sources
//! and is counted by its address; from its proof on it is counted by its source. So whoever opens many connections, known or
//! not, keeps nobody else waiting.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many connections a door has at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// Of sources, all together.
    pub known: usize,
    /// Of one source.
    pub of_one_source: usize,
    /// Of clients that have not proved yet who they are, all together.
    pub unknown: usize,
    /// Of such clients at one address; in IPv6, at the addresses of one network (/64).
    pub of_one_address: usize,
}

/// The places of one door.
#[derive(Clone)]
pub struct Places(Arc<Inner>);

struct Inner {
    at_most: Connections,
    known: Arc<Semaphore>,
    unknown: Arc<Semaphore>,
    by_source: Arc<Counts<String>>,
    by_address: Arc<Counts<IpAddr>>,
}

/// A connection's place, free again when it is dropped.
pub struct Place {
    places: Places,
    held: Mutex<Holds>,
}

enum Holds {
    Unknown { _place: OwnedSemaphorePermit, _of_address: Held<IpAddr> },
    Known { _place: OwnedSemaphorePermit, _of_source: Held<String> },
}

impl Places {
    /// The places of a door, all of them free.
    #[must_use]
    pub fn new(at_most: Connections) -> Self {
        Self(Arc::new(Inner {
            at_most,
            known: Arc::new(Semaphore::new(at_most.known)),
            unknown: Arc::new(Semaphore::new(at_most.unknown)),
            by_source: Arc::default(),
            by_address: Arc::default(),
        }))
    }

    /// A place for a connection from this address, of which nothing is known yet; none while there are as many as may be.
    #[must_use]
    pub fn enter(&self, from: IpAddr) -> Option<Place> {
        let of_address = self.0.by_address.take(network_of(from), self.0.at_most.of_one_address)?;
        let place = Arc::clone(&self.0.unknown).try_acquire_owned().ok()?;
        let held = Holds::Unknown { _place: place, _of_address: of_address };
        Some(Place { places: self.clone(), held: Mutex::new(held) })
    }
}

impl Place {
    /// Says whose connection it is, which the first proof decides: from then on it is counted among that source's. False while
    /// there are as many of those as may be, and it stays as it was.
    pub fn is_of(&self, source: &str) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*held, Holds::Known { .. }) {
            return true;
        }
        let places = &self.places.0;
        let of_source = places.by_source.take(source.to_owned(), places.at_most.of_one_source);
        let place = Arc::clone(&places.known).try_acquire_owned().ok();
        let (Some(of_source), Some(place)) = (of_source, place) else { return false };
        *held = Holds::Known { _place: place, _of_source: of_source };
        true
    }

    /// Whether it has proved whose it is.
    #[must_use]
    pub fn is_known(&self) -> bool {
        matches!(*self.held.lock().unwrap_or_else(PoisonError::into_inner), Holds::Known { .. })
    }
}

/// A household of IPv6 has a network of addresses of its own and is counted as one.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

/// How many there are of each.
pub(crate) struct Counts<K>(Mutex<HashMap<K, usize>>);

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash> Counts<K> {
    /// Counts one more of these until it is dropped; none while there are `at_most`.
    pub(crate) fn take(self: &Arc<Self>, of: K, at_most: usize) -> Option<Held<K>> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&of).copied().unwrap_or_default();
        if count >= at_most {
            return None;
        }
        counts.insert(of.clone(), count + 1);
        Some(Held { counts: Arc::clone(self), of })
    }
}

/// One that is counted.
pub(crate) struct Held<K: Clone + Eq + Hash> {
    counts: Arc<Counts<K>>,
    of: K,
}

impl<K: Clone + Eq + Hash> Drop for Held<K> {
    fn drop(&mut self) {
        let mut counts = self.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn whoever_opens_many_takes_nobody_elses_place() {
        let places = Places::new(Connections { known: 3, of_one_source: 2, unknown: 4, of_one_address: 2 });
        let silent = [places.enter(at("192.0.2.1")), places.enter(at("192.0.2.1"))];
        assert!(silent.iter().all(Option::is_some));
        assert!(places.enter(at("::ffff:192.0.2.1")).is_none(), "as many of one address as may be");
        // From its proof on a connection leaves its place among the unknown to others.
        let care = [(); 2].map(|()| places.enter(at("192.0.2.2")).unwrap());
        assert!(places.enter(at("192.0.2.3")).is_none(), "as many unknown ones as may be");
        assert!(care.iter().all(|place| place.is_of("care") && place.is_known()));
        let third = places.enter(at("192.0.2.2")).unwrap();
        assert!(!third.is_of("care") && !third.is_known(), "as many of one source as may be");
        assert!(third.is_of("gp") && third.is_of("care"), "the first proof decides");
        let fourth = places.enter(at("192.0.2.2")).unwrap();
        assert!(!fourth.is_of("hospital"), "as many of sources as may be");
        drop(third);
        assert!(fourth.is_of("hospital"));
        drop(silent);
        // One network of IPv6 is one client.
        let of_network = ["2001:db8::1", "2001:db8::2:1"].map(|from| places.enter(at(from)));
        assert!(of_network.iter().all(Option::is_some));
        assert!(places.enter(at("2001:db8::3")).is_none());
        assert!(places.enter(at("2001:db8:0:1::3")).is_some());
    }
}
