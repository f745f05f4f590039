//! Organisations and source systems, as the configuration declares them. Declaring the same again changes nothing.

use audit::{Action, ChangeDetail, Detail};
use directory::access::Capabilities;
use jiff::Timestamp;
use jiff::civil::Date;
use rand::RngExt as _;
use store::organisations::{OrganisationRow, OrganisationState};
use store::sources::{SourceRow, SourceState};
use store::{organisations, sources};
use uuid::Uuid;

use crate::trail::Event;
use crate::{Directory, LoadError, ServiceError};

/// An organisation that takes part.
#[derive(Debug, Clone)]
pub struct NewOrganisation {
    /// Its name, unique.
    pub name: String,
    /// `authority`, `national_partner`, `partner` or `national_source`.
    pub kind: String,
    /// GSS code of its authority.
    pub authority_code: Option<String>,
    /// When its accreditation ends (rule 11.2).
    pub accredited_until: Timestamp,
}

/// A system that feeds.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// Its name, unique.
    pub name: String,
    /// Its feed profile.
    pub profile: String,
    /// Its organisation's name.
    pub organisation: String,
    /// A smaller number is more authoritative (rule 10.16).
    pub precedence: i64,
    /// Whether it promises to hold each child once (decision 15).
    pub one_record_per_child: bool,
    /// The last day on which its product and its installation are declared accredited (rule 10.6). Without one, people accredit
    /// them in the product.
    pub accredited_until: Option<Date>,
}

/// Why something could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The organisation is not declared.
    #[error(
        "the source {source_name} names the organisation {organisation}, which is not declared; declare it first"
    )]
    UnknownOrganisation {
        /// The source.
        source_name: String,
        /// The organisation it names.
        organisation: String,
    },
    /// It is another organisation's already.
    #[error(
        "the source {source_name} is another organisation's, and {organisation} cannot take it over: what was loaded, decided and \
         accredited under it stays with who sent it. Give the source of {organisation} a name of its own, or name the organisation \
         it was declared under"
    )]
    AnotherOrganisations {
        /// The source.
        source_name: String,
        /// The organisation it names now.
        organisation: String,
    },
    /// The profile is not shipped.
    #[error("the source {source_name} names the profile {profile}; there are: {known}")]
    UnknownProfile {
        /// The source.
        source_name: String,
        /// The profile it names.
        profile: String,
        /// The ones there are.
        known: String,
    },
    /// A credential that the configuration gives to one source belongs to another.
    #[error(
        "a credential of the source {source_name} belongs to another source; give each installation one of its own"
    )]
    CredentialTaken {
        /// The source.
        source_name: String,
    },
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for SetupError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl Directory {
    /// Declares an organisation; the one of the same name is brought up to date.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn declare_organisation(&self, new: NewOrganisation) -> Result<Uuid, SetupError> {
        // Under the lock of every change to organisations: a server that starts does not undo what is being decided.
        let mut tx = self.begin_register().await?;
        let known = organisations::by_name(&mut tx, &new.name).await?;
        let organisation_id = known.as_ref().map_or_else(
            || vault::uuid_v4(self.world.chance.generator().random()),
            |row| row.organisation_id,
        );
        let mut row = OrganisationRow {
            organisation_id,
            kind: new.kind,
            authority_code: new.authority_code,
            name: new.name,
            state: OrganisationState::Accredited,
            accredited_until: Some(new.accredited_until.as_microsecond()),
            parent_id: known.as_ref().and_then(|row| row.parent_id),
            sector: known.as_ref().map_or_else(|| "other".to_owned(), |row| row.sector.clone()),
            // Declaring an organisation says that all of its accreditation is on paper.
            capabilities: Capabilities::known().to_text(),
            sealed: known.as_ref().and_then(|row| row.sealed.clone()),
        };
        // What people have decided in the product outlives every start: a file does not lift a suspension, lengthen an
        // accreditation or bring back who left.
        if let Some(known) = &known
            && (known.state == OrganisationState::Withdrawn
                || self.was_decided_on(&mut tx, organisation_id).await?)
        {
            row.state = known.state;
            row.accredited_until = known.accredited_until;
            row.capabilities.clone_from(&known.capabilities);
        }
        if known.as_ref() == Some(&row) {
            return Ok(organisation_id);
        }
        organisations::put(&mut tx, &row).await?;
        let event = changed(Action::OrganisationChanged, "organisation_declared", organisation_id);
        self.write_event(&mut tx, event).await?;
        tx.commit().await?;
        Ok(organisation_id)
    }

    /// Declares a source system; the one of the same name is brought up to date, but a paused one stays paused.
    ///
    /// # Errors
    ///
    /// [`SetupError`].
    pub async fn declare_source(&self, new: NewSource) -> Result<Uuid, SetupError> {
        if feeds::Profile::named(&new.profile).is_none() {
            let known: Vec<&str> = feeds::Profile::ALL.iter().map(|profile| profile.name).collect();
            return Err(SetupError::UnknownProfile {
                source_name: new.name,
                profile: new.profile,
                known: known.join(", "),
            });
        }
        let Some(organisation) = self.organisation_named(&new.organisation).await? else {
            return Err(SetupError::UnknownOrganisation {
                source_name: new.name,
                organisation: new.organisation,
            });
        };
        let known = sources::by_name(&mut self.store.reader().await?, &new.name).await?;
        if known.as_ref().is_some_and(|row| row.organisation_id != organisation.organisation_id) {
            return Err(SetupError::AnotherOrganisations {
                source_name: new.name,
                organisation: new.organisation,
            });
        }
        let source_id = known
            .as_ref()
            .map_or_else(|| vault::uuid_v4(self.world.chance.generator().random()), |row| row.source_id);
        let row = SourceRow {
            source_id,
            name: new.name,
            profile: new.profile,
            organisation_id: organisation.organisation_id,
            authority_code: organisation.authority_code,
            precedence: new.precedence,
            one_record_per_child: new.one_record_per_child,
            state: known.as_ref().map_or(SourceState::Live, |row| row.state),
        };
        let mut tx = self.store.begin().await?;
        let moved = known.as_ref() != Some(&row);
        if moved {
            sources::put(&mut tx, &row).await?;
        }
        let declared = self.declare_installation(&mut tx, &row, new.accredited_until).await?;
        if !moved && !declared {
            return Ok(source_id);
        }
        self.write_event(&mut tx, changed(Action::SourceChanged, "source_declared", source_id)).await?;
        tx.commit().await?;
        Ok(source_id)
    }

    /// The feed profile of a source.
    ///
    /// # Errors
    ///
    /// [`LoadError::UnknownSource`], or the system's.
    pub async fn profile_of(&self, source: &str) -> Result<String, LoadError> {
        let known = sources::all(&mut self.store.reader().await?).await?;
        match known.iter().find(|row| row.name == source) {
            Some(row) => Ok(row.profile.clone()),
            None => Err(LoadError::unknown(source, &known)),
        }
    }

    /// The organisation of that name.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn organisation_id(&self, name: &str) -> Result<Option<Uuid>, ServiceError> {
        Ok(self.organisation_named(name).await?.map(|row| row.organisation_id))
    }

    async fn organisation_named(&self, name: &str) -> Result<Option<OrganisationRow>, ServiceError> {
        let mut conn = self.store.reader().await?;
        Ok(organisations::by_name(&mut conn, name).await?)
    }
}

fn changed(action: Action, change: &str, subject: Uuid) -> Event {
    let detail =
        ChangeDetail { change: change.to_owned(), subject: Some(subject), ..ChangeDetail::default() };
    Event::new(action, Detail::Change(detail))
}
