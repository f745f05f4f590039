//! The journal that is kept apart from the data's backups and survives a restore (decision 3). What an entry says of a child is
//! sealed under a key of that child's entries besides the journal's own: with the child the key goes, and what is left of it here
//! is that there was an entry (law 9).

use std::collections::HashSet;

use directory::shield::{Shield, ShieldReason};
use directory::{AuthorityCode, Month};
use serde::{Deserialize, Serialize};
use store::{key_store, parted_keys};
use uuid::Uuid;
use vault::{Aad, Bundle};
use zeroize::Zeroizing;

use crate::joining::{DecidedBy, Part};
use crate::retention::{HoldOrder, Speaker};
use crate::revocations::Revocation;
use crate::sealed_desk::order::ReleaseOrder;
use crate::shield_desk::KeptPlace;
use crate::shield_figures::{Counted, ShieldCount};
use crate::shielding::TRIES;
use crate::{Directory, ServiceError};

/// Domain of the keyed hash of a child that owns the key of the entries about it.
const OF_CHILD: u16 = 46;

/// An entry about children as it stands under the journal's own key: once for each of them, under the key of theirs.
#[derive(Serialize, Deserialize)]
struct Kept {
    of_children: Vec<(Uuid, String)>,
    /// What it counts for in the published figures, which stay as they were when the children are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    counts: Vec<ShieldCount>,
}

/// What is under the journal's own key.
enum Outer {
    /// The entry itself, which says no more of a child than its id.
    Bare(Zeroizing<Vec<u8>>),
    /// An entry about children.
    OfChildren(Vec<(Uuid, Vec<u8>)>),
}

impl Directory {
    /// Appends to the journal that is kept apart from the data's backups (decision 3), before the act itself is written: an
    /// entry for an act that then failed is harmless when it is replayed, or is made void ([`Directory::void_in_journal`]).
    /// The entry's number.
    pub(crate) async fn journal(&self, entry: &JournalEntry<'_>) -> Result<i64, ServiceError> {
        let sealed = Box::pin(self.sealed_entry(entry)).await?;
        for _ in 0..TRIES {
            let mut tx = self.store.begin_keys().await?;
            match key_store::append_journal(&mut tx, &sealed).await {
                Ok(number) => {
                    tx.commit().await?;
                    return Ok(number);
                }
                Err(store::StoreError::UniqueViolation(_)) => tx.rollback().await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(ServiceError::new(crate::ErrorKind::Busy, "the journal is busy; try again"))
    }

    /// Says that these entries were not carried out after all: what others decided meanwhile stands, after a restore too.
    pub(crate) async fn void_in_journal(&self, entries: &[i64]) -> Result<(), ServiceError> {
        for entry in entries {
            self.journal(&JournalEntry::Void { entry: *entry }).await?;
        }
        Ok(())
    }

    async fn sealed_entry(&self, entry: &JournalEntry<'_>) -> Result<Vec<u8>, ServiceError> {
        let mut plain = Zeroizing::new(serde_json::to_vec(entry).map_err(ServiceError::internal)?);
        let owners = self.journal_owners(&entry.about());
        if !owners.is_empty() {
            let mut of_children = Vec::with_capacity(owners.len());
            for owner in owners {
                let bundle = self.own_bundle(owner).await?;
                let mut rng = self.world.chance.generator();
                let sealed = vault::seal(key(&bundle)?, Aad::new(owner, 0), &plain, &mut rng)?;
                of_children.push((owner, hex::encode(sealed)));
            }
            let counts = match self.counted_of(&plain)? {
                Counted::Shields(counts) => counts,
                Counted::Void(_) => Vec::new(),
            };
            let kept = Kept { of_children, counts };
            plain = Zeroizing::new(serde_json::to_vec(&kept).map_err(ServiceError::internal)?);
        }
        self.keys.seal_for_journal(&plain, &mut self.world.chance.generator())
    }

    /// What an entry counts for in the published figures, whether those it is about are still there or not.
    pub(crate) fn counted_in_journal(&self, row: &key_store::JournalRow) -> Result<Counted, ServiceError> {
        let plain = self.keys.open_from_journal(&row.entry)?;
        match serde_json::from_slice(&plain) {
            Ok(Kept { counts, .. }) => Ok(Counted::Shields(counts)),
            Err(_) => self.counted_of(&plain),
        }
    }

    /// Who owns the keys of what the journal says of these children: destroyed with their own.
    pub(crate) fn journal_owners(&self, children: &[Uuid]) -> Vec<Uuid> {
        let owner = |child: &Uuid| vault::uuid_v4(self.keys.digests.hash(OF_CHILD, child.as_bytes()).0);
        children.iter().map(owner).collect()
    }

    /// What entries of the journal say, in their order, each with its number. One about children who were all destroyed since is
    /// not there.
    pub(crate) async fn opened_journal(
        &self,
        rows: &[key_store::JournalRow],
    ) -> Result<Vec<(i64, Zeroizing<Vec<u8>>)>, ServiceError> {
        let mut outer = Vec::with_capacity(rows.len());
        for row in rows {
            let plain = self.keys.open_from_journal(&row.entry)?;
            outer.push((row.seq, Outer::of(plain)?));
        }
        let owners: Vec<Uuid> = outer.iter().flat_map(|(_, entry)| entry.owners()).collect();
        let wrapped = self.wrapped_bundles(&owners).await?;
        let destroyed = parted_keys::destroyed(&mut self.store.key_reader().await?, &owners).await?;
        let destroyed: HashSet<Uuid> = destroyed.into_iter().collect();
        let mut opened = Vec::with_capacity(outer.len());
        for (seq, entry) in outer {
            let kept = match entry {
                Outer::Bare(plain) => {
                    opened.push((seq, plain));
                    continue;
                }
                Outer::OfChildren(kept) => kept,
            };
            let standing = kept.iter().find_map(|(owner, sealed)| Some((owner, sealed, wrapped.get(owner)?)));
            match standing {
                Some((owner, sealed, (generation, bytes))) => {
                    let bundle = self.keys.unwrap(*owner, *generation, bytes)?;
                    opened.push((seq, vault::open(key(&bundle)?, Aad::new(*owner, 0), sealed)?));
                }
                None if kept.iter().all(|(owner, _)| destroyed.contains(owner)) => {}
                None => {
                    return Err(ServiceError::internal(format!(
                        "the key of entry {seq} of the journal is neither there nor destroyed: restore the key store"
                    )));
                }
            }
        }
        Ok(opened)
    }
}

impl Outer {
    fn of(plain: Zeroizing<Vec<u8>>) -> Result<Self, ServiceError> {
        let Ok(Kept { of_children, .. }) = serde_json::from_slice(&plain) else {
            return Ok(Self::Bare(plain));
        };
        let kept = of_children.into_iter().map(|(owner, sealed)| {
            let sealed = hex::decode(sealed).map_err(ServiceError::internal)?;
            Ok((owner, sealed))
        });
        Ok(Self::OfChildren(kept.collect::<Result<_, ServiceError>>()?))
    }

    fn owners(&self) -> Vec<Uuid> {
        match self {
            Self::Bare(_) => Vec::new(),
            Self::OfChildren(kept) => kept.iter().map(|(owner, _)| *owner).collect(),
        }
    }
}

fn key(bundle: &Bundle) -> Result<&vault::DataKey, ServiceError> {
    bundle.key(0).ok_or_else(|| ServiceError::internal("the key of an entry of the journal is gone"))
}

/// One protective act, as the journal keeps it.
#[derive(Serialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(crate) enum JournalEntry<'a> {
    /// A shield was decided.
    /// With the organisation at whose desk it is reviewed.
    Shield { child: Uuid, shield: &'a Shield, desk: Uuid },
    /// A review kept or lifted a shield; as it stands from then on. In which month that was, and in which it was due.
    ShieldReviewed { child: Uuid, shield: &'a Shield, reviewed: Month, was_due: Month },
    /// A request for a shield was declined: on which ground it had been asked for. It protects nobody, and is counted.
    ShieldDeclined { request: Uuid, reason: ShieldReason, declined: Month },
    /// Two identities were sealed from each other: the order, sealed under the barrier's own key (decision 12). Who owns the keys of
    /// their entries does not stand beside it, for the two side by side would say which are one.
    SealKept { order: String },
    /// An entry of this number was not carried out after all: somebody else was quicker.
    Void { entry: i64 },
    /// An order that was not carried out after all: the records had changed.
    SealVoid { current: Uuid },
    /// The sealed desk decided to whom a held record belongs.
    Release(&'a ReleaseOrder),
    /// Records of children were destroyed (rule 4.2).
    Destruction { children: &'a [Uuid] },
    /// A young person consented to stay, or withdrew it (rules 3.8, 3.9).
    Participation {
        child: Uuid,
        until_age: u8,
        given_on: Option<jiff::civil::Date>,
        withdrawn_on: Option<jiff::civil::Date>,
    },
    /// A young person withdrew it while a legal hold kept the record's keys, and who said so.
    ParticipationLeft { child: Uuid, on: jiff::civil::Date, by: &'a Speaker },
    /// People said that these pairs of records are not one child, or that they may be after all.
    Apart { pairs: &'a [(Uuid, Uuid)], stands: bool },
    /// People joined a record with another.
    Joined { joining: Uuid, into: Uuid, from: Uuid, decided: &'a DecidedBy },
    /// People took records of a child to a new one with this number.
    Parted { joining: Uuid, part: &'a Part, decided: &'a DecidedBy },
    /// A joining, or a parting, was undone.
    JoinUndone { joining: Uuid },
    /// A consent to a sensitive service was withdrawn (rule 3.3): which service stands here as a keyed hash.
    ConsentWithdrawn { child: Uuid, service: &'a str, on: jiff::civil::Date },
    /// Another authority accepted a protected child (rule 5.3): which offered it, whose organisation has its desk now, and its
    /// code.
    Transfer { child: Uuid, from: &'a str, to: Uuid, authority: &'a AuthorityCode },
    /// Two people put a record under a legal hold.
    LegalHold(&'a HoldOrder),
    /// Something was taken from somebody, or given back.
    Revoked { what: &'a Revocation },
    /// Two people protected a place, and about these children, who stood there in the open, requests were handed in; nothing kept
    /// where they ended that.
    Place { place: Uuid, organisation: Uuid, kept: Option<&'a KeptPlace>, asked: &'a [Uuid] },
    /// Two people gave a legal hold a later last day.
    LegalHoldLonger { hold: Uuid, until: jiff::civil::Date },
    /// A legal hold ended, by two people or by its day.
    LegalHoldEnded { hold: Uuid, child: Uuid },
}

impl JournalEntry<'_> {
    /// The children of whom it says something: it can be read as long as one of them is kept. None where it says no more of a
    /// child than its id, as what a replay must know of one that was destroyed.
    fn about(&self) -> Vec<Uuid> {
        match self {
            Self::Shield { child, .. }
            | Self::ShieldReviewed { child, .. }
            | Self::Participation { child, .. }
            | Self::ParticipationLeft { child, .. }
            | Self::ConsentWithdrawn { child, .. }
            | Self::Transfer { child, .. } => vec![*child],
            Self::LegalHold(order) => vec![order.child()],
            Self::Release(order) => vec![order.to.child()],
            Self::Joined { into, from, .. } => vec![*into, *from],
            Self::Parted { part, .. } => part.children().to_vec(),
            Self::SealKept { .. }
            | Self::Void { .. }
            | Self::SealVoid { .. }
            | Self::ShieldDeclined { .. }
            | Self::Destruction { .. }
            | Self::Apart { .. }
            | Self::JoinUndone { .. }
            | Self::Revoked { .. }
            | Self::Place { .. }
            | Self::LegalHoldLonger { .. }
            | Self::LegalHoldEnded { .. } => Vec::new(),
        }
    }
}
