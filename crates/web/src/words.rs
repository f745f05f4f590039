//! The words of the pages, from the vocabulary.

use directory::access::{
    AccountState, Capability, ClosingReason, DangerousAct, FactKind, IdentityDocument, Lapse, Permission,
    Reason, Role, SuspensionReason,
};
use directory::register::{
    LegalBasis, RefusalReason, RegisterState, ReleasedItem, RequesterKind, RequesterRole,
};
use directory::vocabulary::Vocabulary;
use directory::{Gender, NameUse, Relationship, Responsibility, ServiceType, Whereabouts};

/// The vocabulary, asked the way pages ask it.
pub(crate) struct Words(Vocabulary);

/// One choice of a closed list.
pub(crate) struct Choice {
    pub(crate) code: &'static str,
    pub(crate) words: String,
}

impl Words {
    pub(crate) fn new(vocabulary: Vocabulary) -> Self {
        Self(vocabulary)
    }

    /// The product's name.
    pub(crate) fn product(&self) -> &str {
        self.0.term("product")
    }

    /// Rule 15.12: what an absence does not prove.
    pub(crate) fn absence(&self) -> &str {
        self.0.term("absence_proves_nothing")
    }

    pub(crate) fn lead(&self) -> String {
        capitalised(self.0.term("lead_professional"))
    }

    pub(crate) fn reason(&self, reason: Reason) -> &str {
        self.0.reason(reason)
    }

    /// The label of an accredited capability.
    pub(crate) fn capability(&self, capability: Capability) -> &str {
        self.0.capability(capability)
    }

    /// Reasons as a form offers them, in their order.
    pub(crate) fn reasons(&self, offered: &[Reason]) -> Vec<Choice> {
        let choice = |&reason: &Reason| Choice { code: reason.code(), words: self.reason(reason).to_owned() };
        offered.iter().map(choice).collect()
    }

    /// Labels that pages ask for where they stand.
    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        &self.0
    }

    pub(crate) fn role(&self, role: Role) -> &str {
        self.0.role(role)
    }

    /// What a dangerous act is.
    pub(crate) fn dangerous_act(&self, act: DangerousAct) -> &str {
        self.0.dangerous_act(act)
    }

    /// What a permission lets a person do.
    pub(crate) fn permission(&self, permission: Permission) -> &str {
        self.0.permission(permission)
    }

    pub(crate) fn identity_document(&self, document: IdentityDocument) -> &str {
        self.0.identity_document(document)
    }

    /// An action of the trail, as the person who did it reads it.
    pub(crate) fn action(&self, action: &str) -> String {
        let said = match action {
            "sign_in" => "Signed in",
            "sign_in_failed" => "Sign-in refused",
            "sign_out" => "Signed out",
            "reason_stated" => "Stated a reason",
            "search" => "Searched",
            "search_refused" => "Search refused",
            "record_viewed" => "Opened a record",
            "record_refused" => "Record not shown",
            "account_changed" => "Account made or changed",
            "mediation" => "Look-up for a colleague",
            other => return capitalised(&other.replace('_', " ")),
        };
        said.to_owned()
    }

    pub(crate) fn legal_basis(&self, basis: LegalBasis) -> &str {
        self.0.legal_basis(basis)
    }

    pub(crate) fn requester_kind(&self, kind: RequesterKind) -> &str {
        self.0.requester_kind(kind)
    }

    pub(crate) fn requester_role(&self, role: RequesterRole) -> &str {
        self.0.requester_role(role)
    }

    pub(crate) fn released_item(&self, item: ReleasedItem) -> &str {
        self.0.released_item(item)
    }

    pub(crate) fn refusal_reason(&self, reason: RefusalReason) -> &str {
        self.0.refusal_reason(reason)
    }

    pub(crate) fn register_state(&self, state: RegisterState) -> &str {
        self.0.register_state(state)
    }

    pub(crate) fn lapse(&self, lapse: Lapse) -> &str {
        self.0.lapse(lapse)
    }

    /// What a user manager does about a condition that does not hold.
    pub(crate) fn remedy(&self, lapse: Lapse) -> &str {
        self.0.remedy(lapse)
    }

    /// The label of a fact about an account.
    pub(crate) fn fact(&self, kind: FactKind) -> &str {
        self.0.fact(kind)
    }

    /// The label of an account's state.
    pub(crate) fn account_state(&self, state: AccountState) -> &str {
        self.0.account_state(state)
    }

    /// Why an account is suspended.
    pub(crate) fn suspension(&self, reason: SuspensionReason) -> &str {
        self.0.suspension(reason)
    }

    /// Why an account was closed.
    pub(crate) fn closing(&self, reason: ClosingReason) -> &str {
        self.0.closing(reason)
    }

    pub(crate) fn gender(&self, gender: Gender) -> &str {
        self.0.gender(gender)
    }

    pub(crate) fn service(&self, service: ServiceType) -> &str {
        self.0.service(service)
    }

    pub(crate) fn relationship(&self, relationship: Relationship) -> &str {
        self.0.relationship(relationship)
    }

    pub(crate) fn responsibility(&self, responsibility: Responsibility) -> &str {
        self.0.responsibility(responsibility)
    }

    /// What is said beside another name; an alias needs no more than the heading it stands under.
    pub(crate) fn name_use(&self, name_use: NameUse) -> Option<&'static str> {
        match name_use {
            NameUse::Current | NameUse::Alias => None,
            NameUse::Former => Some("former name"),
        }
    }

    /// What is said of the place itself; a current address needs no words.
    pub(crate) fn whereabouts(&self, whereabouts: &Whereabouts) -> Option<String> {
        match whereabouts {
            Whereabouts::Current(_) => None,
            Whereabouts::LastKnown(_) => Some("Last known address:".to_owned()),
            Whereabouts::NoKnownAddress => Some("No known address".to_owned()),
            Whereabouts::LeftEngland(statement) => Some(self.0.left_england(*statement).to_owned()),
        }
    }

    pub(crate) fn assessment_heading(&self) -> String {
        capitalised(self.0.term("early_help_assessment"))
    }

    pub(crate) fn assessment_exists(&self) -> String {
        format!("There is, or has been, an {}", self.0.term("early_help_assessment"))
    }

    pub(crate) fn no_assessment(&self) -> String {
        format!("No {} is shown.", self.0.term("early_help_assessment"))
    }
}

#[cfg(test)]
impl Words {
    /// The words shipped with the product.
    pub(crate) fn shipped() -> Self {
        Self(Vocabulary::shipped())
    }
}

fn capitalised(term: &str) -> String {
    let mut letters = term.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
