//! Why a letter leaves out more than whoever asks may not see anyway (rule 14.5): a code that one person chooses, another agrees to
//! with the release, and nobody else reads.

use crate::child_record::SourceView;
use crate::organisation::Sector;
use crate::service_type::ServiceType;
use crate::text_value::coded;

coded! {
    /// On what ground.
    LetterExemption {
        /// An enquiry under section 47 of the Children Act 1989 is under way, and to know of it may put the child in danger.
        EnquiryUnderWay = "enquiry_under_way",
    }
}

impl LetterExemption {
    /// What is left to be told, of what the sources say: as if nobody who makes such an enquiry had ever said anything of the
    /// child, and as if nobody else had named their work, help that it often begins with, or an assessment. A source of theirs
    /// is left out whole, because under each item stands who gave it.
    #[must_use]
    pub fn leaves(self, said: Vec<(Sector, SourceView)>) -> Vec<SourceView> {
        let others = said.into_iter().filter(|(sector, _)| !makes_enquiries(*sector));
        let less = others.map(|(_, mut view)| {
            view.content.involvements.retain(|one| !tells_of_one(one.details().service));
            view.content.caf = None;
            view
        });
        less.collect()
    }
}

/// Whether who works there takes part in enquiries.
const fn makes_enquiries(sector: Sector) -> bool {
    matches!(sector, Sector::SocialCare | Sector::YouthJustice | Sector::Police | Sector::Probation)
}

const fn tells_of_one(service: ServiceType) -> bool {
    matches!(
        service,
        ServiceType::SocialWorker
            | ServiceType::FamilySupport
            | ServiceType::YouthOffending
            | ServiceType::PolicePublicProtection
            | ServiceType::EarlyHelp
    )
}
