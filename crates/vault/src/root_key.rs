//! Root keys: named, numbered by epoch, wrapped by the key-encryption key and once more by a generation key, so that a copy of
//! the key store that is older than the horizon opens none of them (decision 2).

use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::generation::GenerationKey;
use crate::kek::KeyEncryptionKey;
use crate::keyed_hash::KeyedState;
use crate::seal::SealError;
use crate::secret::{DataKey, Secret};
use crate::wrap::{self, UnwrapError};

macro_rules! root_key_names {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// What a root key is for. The text form is what the key store's `root_key.name` holds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RootKeyName {
            $($(#[$doc])* $name,)+
        }

        impl RootKeyName {
            /// Every name.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable text form.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The name of that text form; `None` for any other text.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

root_key_names! {
    /// Hashes in `match_key`.
    Match = "match",
    /// Hashes in `search_key`.
    Search = "search",
    /// Pointers in both key tables.
    Pointer = "pointer",
    /// `source_record.local_key`: a source's own id of a record.
    LocalId = "local_id",
    /// `child_number.number_key`.
    Number = "number",
    /// `account.username_key`.
    Account = "account",
    /// `attempt.attempt_key`: account or network address of failed sign-ins.
    Attempt = "attempt",
    /// `session.token_key`.
    Session = "session",
    /// `audit_lookup.lookup_key`.
    AuditLookup = "audit_lookup",
    /// `barrier.token`, asked by the matcher alone.
    Barrier = "barrier",
    /// `source_record.digest` and `feed_run.file_digest`.
    Digest = "digest",
    /// Bodies of audit entries, as an earlier version kept their keys; its epoch is the month, as the number YYYYMM.
    AuditBody = "audit_body",
    /// The seed of the key that signs the audit checkpoints.
    AuditSigning = "audit_signing",
    /// Entries of the journal that survives a restore.
    Journal = "journal",
    /// `suppression.token`: records that were destroyed and do not rise again.
    Suppression = "suppression",
    /// Wraps the keys that a legal hold has taken out of the service.
    Custody = "custody",
}

impl RootKeyName {
    /// Whether it is wrapped under the keys of two custodians besides the key-encryption key, where an installation has them: the
    /// barrier's, with which somebody who has the key store could ask which two identities were one (decision 12).
    pub fn is_in_split_custody(self) -> bool {
        self == Self::Barrier
    }
}

impl std::fmt::Display for RootKeyName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A root key. What is used is always derived from it for one purpose, never the key itself.
#[derive(Clone, Debug)]
pub struct RootKey {
    name: RootKeyName,
    epoch: i64,
    secret: Secret,
}

/// A root key as the key store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedRootKey {
    /// What it is for ([`RootKeyName::as_str`]).
    pub name: String,
    /// Which one of that name.
    pub epoch: i64,
    /// The generation key that wraps what the key-encryption key wrapped; `None` as an earlier version left it, under that alone.
    pub generation: Option<i64>,
    /// Sealed under the key-encryption key, 60 bytes, and that under the generation key, 88.
    pub wrapped: Vec<u8>,
}

impl WrappedRootKey {
    /// What the key-encryption key wrapped, as an earlier version left it: without the wrapping of its generation.
    ///
    /// # Errors
    ///
    /// Another generation key, or a changed, renamed or renumbered row.
    pub fn without_generation(&self, generation: &GenerationKey) -> Result<Self, UnwrapError> {
        let bound = aad(&self.name, self.epoch, generation.generation());
        let inner = wrap::decrypt(generation.secret(), &bound, &self.wrapped)
            .filter(|_| self.generation == Some(generation.generation()))
            .ok_or_else(|| UnwrapError::NotAuthentic { what: what(&self.name, self.epoch) })?;
        Ok(Self { name: self.name.clone(), epoch: self.epoch, generation: None, wrapped: inner.to_vec() })
    }

    /// Puts what the key-encryption key wrapped under a generation, bound to name, epoch and generation.
    pub(crate) fn under(
        self,
        generation: &GenerationKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, SealError> {
        let Self { name, epoch, wrapped, .. } = self;
        let number = generation.generation();
        let bound = aad(&name, epoch, number);
        let wrapped = wrap::encrypt(generation.secret(), &bound, Zeroizing::new(wrapped), rng)?;
        Ok(Self { name, epoch, generation: Some(number), wrapped })
    }
}

impl RootKey {
    /// A new key from the given generator.
    pub fn random(name: RootKeyName, epoch: i64, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self { name, epoch, secret: Secret::random(rng) }
    }

    /// What it is for.
    pub fn name(&self) -> RootKeyName {
        self.name
    }

    /// Which one of that name.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// A key to seal with: [`RootKeyName::Journal`], and what an earlier version sealed under [`RootKeyName::AuditBody`].
    pub fn data_key(&self) -> DataKey {
        DataKey::from_secret(self.derive("data-key"))
    }

    /// The seed of a signing key: [`RootKeyName::AuditSigning`].
    pub fn signing_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(*self.derive("signing-seed").bytes())
    }

    /// Wraps it for the key store, bound to its name, epoch and generation.
    ///
    /// # Errors
    ///
    /// None in practice: a key is never too long to seal.
    pub fn wrap(
        &self,
        kek: &KeyEncryptionKey,
        generation: &GenerationKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<WrappedRootKey, SealError> {
        let (name, epoch) = (self.name.as_str().to_owned(), self.epoch);
        let wrapped = wrap::wrap(kek.secret_of(self.name), &what(&name, epoch), &self.secret, rng)?;
        WrappedRootKey { name, epoch, generation: None, wrapped }.under(generation, rng)
    }

    /// Opens what the key store kept, with the key of its generation; without one, what an earlier version wrote.
    ///
    /// # Errors
    ///
    /// Another key-encryption key or generation, a changed or renamed row, or a name this version does not know.
    pub fn unwrap(
        kek: &KeyEncryptionKey,
        generation: Option<&GenerationKey>,
        row: &WrappedRootKey,
    ) -> Result<Self, UnwrapError> {
        let what = what(&row.name, row.epoch);
        let name = RootKeyName::parse(&row.name).ok_or(UnwrapError::Malformed { what: what.clone() })?;
        let inner = generation.map(|generation| row.without_generation(generation)).transpose()?;
        let wrapped = &inner.as_ref().unwrap_or(row).wrapped;
        match wrap::unwrap(kek.secret_of(name), &what, wrapped) {
            Ok(secret) => Ok(Self { name, epoch: row.epoch, secret }),
            Err(UnwrapError::NotAuthentic { what }) if name.is_in_split_custody() => {
                Err(UnwrapError::InCustody { what })
            }
            Err(error) => Err(error),
        }
    }

    /// A key for one purpose, unrelated to those for others.
    pub(crate) fn derive(&self, purpose: &str) -> Secret {
        let epoch = self.epoch.to_be_bytes();
        let parts: [&[u8]; 4] =
            [b"contactpoint/derived-key/1", self.name.as_str().as_bytes(), &epoch, purpose.as_bytes()];
        Secret::new(KeyedState::new(&self.secret).digest(0, &parts))
    }
}

fn what(name: &str, epoch: i64) -> String {
    format!("root key {name}, epoch {epoch}")
}

fn aad(name: &str, epoch: i64, generation: i64) -> Vec<u8> {
    let numbers = [epoch.to_be_bytes(), generation.to_be_bytes()].concat();
    [b"contactpoint/root-key-of-generation/1\0".as_slice(), &numbers, name.as_bytes()].concat()
}
