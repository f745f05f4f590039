//! How passwords are kept: Argon2id, at a cost that makes guessing a stolen hash slow.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::RngExt as _;

use crate::{Directory, ServiceError};

/// What one hash of a password costs whoever makes or guesses it.
///
/// No configuration file reaches it: an operator cannot make stolen passwords cheap to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// KiB of memory.
    memory: u32,
    /// Passes over that memory.
    passes: u32,
}

impl PasswordCost {
    /// 19 MiB, two passes, one lane: what OWASP recommends for password storage.
    pub const RECOMMENDED: Self = Self { memory: 19 * 1024, passes: 2 };

    /// The least there is, which protects nothing: for the accounts of invented people in tests.
    pub const LEAST: Self = Self { memory: 8, passes: 1 };

    fn hasher(self) -> Result<Argon2<'static>, ServiceError> {
        let params = Params::new(self.memory, self.passes, 1, None).map_err(|error| {
            ServiceError::internal(format!("the password parameters are unusable: {error}"))
        })?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    /// The hash of no password of anybody, which costs as much to check as a real one.
    fn decoy(self) -> String {
        let Self { memory, passes } = self;
        format!(
            "$argon2id$v=19$m={memory},t={passes},p=1$Y29udGFjdHBvaW50LWRlY295$9m1zJpZlKQ7S7GmYwV7o0d5m2H8m1fW0k3l6yQv3b2E"
        )
    }
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self::RECOMMENDED
    }
}

/// How many passwords are hashed at once; each takes 19 MiB and a core.
pub(crate) const HASHING_AT_ONCE: usize = 2;

impl Directory {
    pub(crate) async fn hash_password(&self, password: String) -> Result<String, ServiceError> {
        let salt: [u8; 16] = self.world.chance.generator().random();
        let cost = self.policy.password_cost;
        self.on_a_hashing_thread(move || {
            cost.hasher()?
                .hash_password_with_salt(password.as_bytes(), &salt)
                .map(|hash: PasswordHash| hash.to_string())
                .map_err(|error| ServiceError::internal(format!("a password could not be hashed: {error}")))
        })
        .await?
    }

    /// Whether the password is the one that was hashed. Without an account the same work is done on a decoy, so that an
    /// unknown username takes as long as a wrong password.
    pub(crate) async fn password_is_right(
        &self,
        stored: Option<&str>,
        password: &str,
    ) -> Result<bool, ServiceError> {
        // An account whose person has no password yet is answered as one that does not exist, in the same time.
        let stored = stored.map(str::to_owned).filter(|hash| !hash.is_empty());
        let password = password.to_owned();
        let cost = self.policy.password_cost;
        self.on_a_hashing_thread(move || {
            let known = stored.is_some();
            let text = stored.unwrap_or_else(|| cost.decoy());
            let hash = PasswordHash::new(&text).map_err(|error| {
                ServiceError::internal(format!("a stored password hash is malformed: {error}"))
            })?;
            Ok(cost.hasher()?.verify_password(password.as_bytes(), &hash).is_ok() && known)
        })
        .await?
    }

    /// Argon2 takes tens of milliseconds of a core and 19 MiB: never on the async threads, and only a few at once.
    async fn on_a_hashing_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        let _turn = self.hashing.acquire().await.map_err(ServiceError::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(ServiceError::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::PasswordCost;
    use argon2::password_hash::PasswordVerifier as _;
    use argon2::password_hash::phc::PasswordHash;

    #[test]
    fn passwords_cost_what_is_recommended_unless_the_program_says_otherwise() {
        assert_eq!(crate::Policy::default().password_cost, PasswordCost::RECOMMENDED);
        let of_a_file: Result<crate::Policy, _> = serde_json::from_str(r#"{"password_cost": "least"}"#);
        assert!(of_a_file.is_err(), "no configuration reaches it");
    }

    #[test]
    fn a_decoy_costs_what_a_password_costs_and_is_nobodys() {
        for cost in [PasswordCost::RECOMMENDED, PasswordCost::LEAST] {
            let text = cost.decoy();
            let decoy = PasswordHash::new(&text).unwrap();
            let params = argon2::Params::try_from(&decoy).unwrap();
            assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (cost.memory, cost.passes, 1));
            assert!(cost.hasher().unwrap().verify_password(b"", &decoy).is_err());
        }
    }
}
