//! What the trail's clear parts say: the header of each entry, and how long its sealed body is.

use jiff::Timestamp;
use store::audit;

use crate::site::Site;

/// The clear part of every entry written since, in the order of their times, and the length of the sealed one.
pub async fn headers(site: &Site, since: Timestamp) -> Vec<(i64, String, usize)> {
    let store = site.store().await;
    let entries = audit::pending(&mut store.reader().await.unwrap(), 10_000_000).await.unwrap();
    store.close().await;
    let since = since.as_microsecond();
    let entries = entries.into_iter().filter(|entry| entry.at >= since);
    let mut all: Vec<_> = entries.map(|entry| (entry.at, entry.header, entry.body.len())).collect();
    all.sort();
    all
}
