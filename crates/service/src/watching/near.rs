//! What is noted as an entry is written, because only then the names are at hand: the user's own surname or address, a
//! colleague's child, a shield.
//!
//! Nothing of it shows outside the sealed body: one and the same statement is asked with a list of one length, whatever
//! there is to find, and the body's padding takes the flags in.

use std::collections::BTreeSet;

use directory::access::Permission;
use directory::names::fold;
use directory::search::{Criteria, PostcodeQuery};
use directory::watching::{Flag, OwnMatter, OwnMatters};
use directory::{Disclosure, Purpose};
use store::{Key16, watch};

use crate::records::OpenChild;
use crate::search::RecordHandle;
use crate::session::{Reasoned, SignedIn};
use crate::{Directory, ServiceError};

/// What is near to the user in one child's record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Near {
    flags: Vec<Flag>,
    carers: BTreeSet<Key16>,
    /// The carers do not show.
    hides: bool,
}

#[cfg(test)]
impl Near {
    /// A record with these carers, for tests.
    pub(super) fn of_carers(carers: impl Iterator<Item = Key16>) -> Self {
        Self { flags: Vec::new(), carers: carers.collect(), hides: false }
    }
}

/// How many names are asked for at once, padded with names that nobody has.
const NAMES: usize = 64;

/// The keyed hash of a whole folded name, in the accounts' own domain: what `account_name` holds.
const WHOLE_NAME: u16 = 1;

impl Directory {
    /// Compares a child with the user, and with the colleague for whom they look. Everything held counts. What a shield hides is
    /// noted as hidden, whatever it is: those who review at the user's own place learn of nothing that they could not see (law 3).
    pub(crate) fn near(&self, who: &SignedIn, asker: Option<&OwnMatters>, child: &OpenChild) -> Near {
        let contents = || child.records.iter().map(|record| &record.content);
        let hides = child.profile.is_shielded();
        let flags_of = |own: &OwnMatters, of: fn(Flag) -> Option<Flag>| -> Vec<Flag> {
            let all = own.flags_of(contents());
            let shown = if hides { own.flags_of_names(contents()) } else { all.clone() };
            let hidden = all.iter().any(|flag| !shown.contains(flag)).then_some(Flag::Hidden);
            shown.into_iter().filter_map(of).chain(hidden).collect()
        };
        let mut flags = flags_of(&who.own, Some);
        flags.extend(asker.map(|asker| flags_of(asker, Flag::of_asker)).unwrap_or_default());
        if hides {
            flags.push(Flag::Shielded);
        }
        let carers = contents()
            .flat_map(|content| &content.carers)
            .map(|carer| self.keys.accounts.hash(WHOLE_NAME, fold(&carer.name.to_string()).as_bytes()))
            .collect();
        Near { flags, carers, hides }
    }

    /// The flags of a record that is shown.
    pub(crate) async fn noted_of_record(
        &self,
        who: &SignedIn,
        near: &Near,
    ) -> Result<Vec<String>, ServiceError> {
        let mut flags: BTreeSet<Flag> = near.flags.iter().copied().collect();
        flags.extend(self.colleagues(who, &[near]).await?);
        Ok(codes(&flags))
    }

    /// The flags of a search: what was asked for, and what of the list is near, to the user and to the colleague for whom
    /// they search. A common surname in a list is not noted, asking for it is; nor is a shield in a list.
    pub(crate) async fn noted_of_search(
        &self,
        who: &SignedIn,
        asker: Option<&OwnMatters>,
        asked: &Criteria,
        near: &[&Near],
    ) -> Result<Vec<String>, ServiceError> {
        let listed = near.iter().flat_map(|near| near.flags.iter().copied());
        let addresses = [Flag::OwnAddress, Flag::AskersAddress, Flag::Hidden];
        let mut flags: BTreeSet<Flag> = listed.filter(|flag| addresses.contains(flag)).collect();
        let flag = |matter: OwnMatter| match matter {
            OwnMatter::Surname => Flag::OwnSurname,
            OwnMatter::Address => Flag::OwnAddress,
        };
        flags.extend(own_matters(&who.own, asked).into_iter().map(flag));
        let of_asker = asker.map(|asker| own_matters(asker, asked)).unwrap_or_default();
        flags.extend(of_asker.into_iter().map(flag).filter_map(Flag::of_asker));
        flags.extend(self.colleagues(who, near).await?);
        Ok(codes(&flags))
    }

    /// Whether a carer who shows, or who is hidden, has the name of a colleague.
    async fn colleagues(&self, who: &SignedIn, near: &[&Near]) -> Result<BTreeSet<Flag>, ServiceError> {
        let mut names: Vec<Key16> =
            near.iter().flat_map(|near| near.carers.iter().copied()).take(NAMES).collect();
        names.extend((names.len()..NAMES).map(nobodys_name));
        let mut conn = self.store.reader().await?;
        let found = watch::namesakes(&mut conn, &names, who.organisation_id, 8).await?;
        let colleagues = || found.iter().filter(|(_, account)| *account != who.account);
        let theirs = near.iter().filter(|near| colleagues().any(|(name, _)| near.carers.contains(name)));
        Ok(theirs.map(|near| if near.hides { Flag::Hidden } else { Flag::Colleague }).collect())
    }

    /// What of a record the user should be warned of before it opens (rule 7.9), from what they asked for and the name
    /// their result list has shown them already. Nothing that the list hides counts, so a shield makes no difference.
    /// Nothing for who may open no record: a list from before a role was taken tells no more.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn warnings(
        &self,
        who: &Reasoned,
        handle: &RecordHandle,
        asked: &Criteria,
    ) -> Result<Vec<OwnMatter>, ServiceError> {
        let person = who.who();
        if !person.may(Permission::ViewRecord) {
            return Ok(Vec::new());
        }
        let mut matters: BTreeSet<OwnMatter> = own_matters(&person.own, asked).into_iter().collect();
        if let Some(child) = self.follow_handle(person, handle) {
            let sources = self.sources().await?;
            let opened = self.open_children(&[child]).await?.pop();
            let listed = opened
                .and_then(|open| self.disclose_to(&open, &sources, &person.viewer(), Purpose::Search))
                .as_ref()
                .and_then(|disclosure: &Disclosure| disclosure.list_row(self.today()));
            if listed.is_some_and(|row| person.own.is_own_name(&row.name)) {
                matters.insert(OwnMatter::Surname);
            }
        }
        Ok(matters.into_iter().collect())
    }
}

fn own_matters(own: &OwnMatters, asked: &Criteria) -> Vec<OwnMatter> {
    let surname = asked.names.as_ref().is_some_and(|names| own.is_own_surname(names.as_str()));
    let address = match &asked.postcode {
        Some(PostcodeQuery::Full(postcode)) => own.is_own_postcode(postcode),
        _ => false,
    };
    let matter = |set: bool, matter: OwnMatter| set.then_some(matter);
    [matter(surname, OwnMatter::Surname), matter(address, OwnMatter::Address)].into_iter().flatten().collect()
}

fn codes(flags: &BTreeSet<Flag>) -> Vec<String> {
    flags.iter().map(|flag| flag.code().to_owned()).collect()
}

/// A key that is no name's hash, for all a keyed hash of 128 bits ever comes to.
fn nobodys_name(at: usize) -> Key16 {
    Key16((u128::MAX - at as u128).to_be_bytes())
}
