//! A provider said that the consent to its own service was withdrawn, and no service on the record has a name like its own (law 4,
//! rule 14.2): the authority that answers for the child has a dispute to look at, so that the word is never without effect. No
//! source is asked: which sensitive service a child has is nobody's to ask about.

use directory::ServiceType;
use directory::families::{DisputeRaiser, DisputedItem};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::family_matters::MatterKind;
use uuid::Uuid;

use super::disputes::{DisputeContent, empty_dispute};
use super::matters::Matter;
use super::requests::FamilyStepKind;
use crate::records::OpenChild;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// Which consent a provider says was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderSaid {
    /// The service.
    pub service: ServiceType,
    /// The provider, as the directory knows it.
    pub provider: String,
}

/// The same, as it was said: by whom, and whose desk it goes to where nobody answers for the child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProvidersWord {
    said: ProviderSaid,
    home: String,
    by: Uuid,
}

impl ProvidersWord {
    pub(crate) fn of(who: &SignedIn, service: ServiceType) -> Self {
        let said = ProviderSaid { service, provider: who.organisation().to_owned() };
        Self { said, home: who.authority.clone().unwrap_or_default(), by: who.account }
    }
}

/// The matter, its keys kept; its row is still to be written.
pub(crate) struct ProviderMatter(Matter<DisputeContent>);

impl Directory {
    /// The matter for the desk of whoever answers for the child.
    pub(crate) async fn provider_matter(
        &self,
        word: &ProvidersWord,
        open: &OpenChild,
    ) -> Result<ProviderMatter, ServiceError> {
        let received = self.today();
        let mut content = DisputeContent {
            raiser: DisputeRaiser::Practitioner,
            item: DisputedItem::Involvements,
            received,
            provider_said: Some(word.said.clone()),
            ..empty_dispute(open, &word.home)
        };
        content.story.note(FamilyStepKind::TakenIn, Some(word.by), self.world.now().as_microsecond());
        let due = self.policy.families.deadline(received);
        let child = Some(content.child);
        Ok(ProviderMatter(self.new_matter(MatterKind::Dispute, child, due, content).await?))
    }

    pub(crate) async fn put_provider_matter(
        &self,
        tx: &mut Tx,
        matter: &ProviderMatter,
    ) -> Result<(), ServiceError> {
        self.put_matter(tx, &matter.0).await
    }
}
