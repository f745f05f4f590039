//! What people of the council decide about children, as far as the doors must not tell it.

use directory::ChildNumber;
use directory::access::Role;
use directory::shield::{ShieldReason, ShieldRequester};
use jiff::SignedDuration;
use service::{SealProposal, ShieldDecision, ShieldRequest, SignedIn};

use crate::house::House;

impl House {
    /// The number of the child whom a record of a source is about.
    pub async fn number_of(&self, source: &str, record: &str) -> ChildNumber {
        let named = [(source.to_owned(), record.to_owned())];
        self.directory.numbers_of_records(&named).await.unwrap().pop().unwrap()
    }

    async fn people(&self) -> [SignedIn; 3] {
        for (username, role) in
            [("hollis", Role::Practitioner), ("morgan", Role::Manager), ("reece", Role::Manager)]
        {
            self.account(username, role).await;
        }
        // A code works once: the next one comes half a minute later.
        self.clock.advance(SignedDuration::from_secs(31));
        [self.sign_in("hollis").await, self.sign_in("morgan").await, self.sign_in("reece").await]
    }

    /// Shields the child of a record, alone.
    pub async fn shield(&self, source: &str, record: &str) {
        let number = self.number_of(source, record).await;
        let [asks, first, second] = self.people().await;
        let request = ShieldRequest::new(number, ShieldRequester::Police, ShieldReason::DomesticAbuse)
            .shown_by(
                directory::shield::EvidenceReference::parse("police:13DV00417").unwrap(),
                directory::shield::Asked::by_an_agency(),
            )
            .unwrap();
        self.directory.request_shield(&asks, request).await.unwrap();
        let id = self.directory.shield_requests(&first).await.unwrap().waiting[0].id;
        self.directory.propose_shield(&first, id, &ShieldDecision::Shield(Vec::new())).await.unwrap();
        self.directory.decide_shield(&second, id, true).await.unwrap();
    }

    /// Keeps two identities of one child apart, each told by one record of a source.
    pub async fn seal(&self, source: &str, former: &str, current: &str) {
        let [_, first, second] = self.people().await;
        let named = |record: &str| vec![(source.to_owned(), record.to_owned())];
        let proposal =
            SealProposal { former: named(former), current: named(current), ..SealProposal::default() };
        self.directory.seal_identities(&first, &second, &proposal).await.unwrap();
    }
}
