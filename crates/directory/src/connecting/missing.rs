//! What is missing before a source may load: the one place in which rule 10.6 is decided.

use jiff::civil::Date;

use super::{Installation, Product, ProductState, WayIn};
use crate::text_value::coded;

coded! {
    /// A step that is missing, in the order in which they are gone through.
    Missing {
        /// The organisation is not accredited to feed (rule 11.2).
        Organisation = "organisation",
        /// Nobody has said which product the source is an installation of.
        Product = "product",
        /// The product is not accredited for this way in by the source's profile (type accreditation).
        TypeNotAccredited = "type_not_accredited",
        /// The product's accreditation has ended or was withdrawn.
        TypeEnded = "type_ended",
        /// No credential, or none that a second person has confirmed.
        Credential = "credential",
        /// No pilot file was measured.
        Pilot = "pilot",
        /// The pilot file is below a threshold that was agreed.
        PilotBelow = "pilot_below",
        /// There was no rehearsal.
        Rehearsal = "rehearsal",
        /// Nobody has signed it off.
        FirstSignature = "first_signature",
        /// A second person has not signed it off.
        SecondSignature = "second_signature",
        /// The instance accreditation has ended.
        InstanceEnded = "instance_ended",
        /// It was stopped.
        Stopped = "stopped",
    }
}

impl Missing {
    /// What is missing and what to do, as a sentence for whoever sends.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Organisation => {
                "the organisation is not accredited to feed data; its accrediting body decides on that (rule 11.2)"
            }
            Self::Product => {
                "nobody has said which product this is an installation of; name it under Connections"
            }
            Self::TypeNotAccredited => {
                "the product is not accredited as a type for this way of sending by this profile; run the conformance kit for both \
                 and hand in its report"
            }
            Self::TypeEnded => {
                "the type accreditation of the product has ended or was withdrawn; a new test, or a new version, opens the way again"
            }
            Self::Credential => {
                "no credential of the installation has been registered and confirmed by a second person"
            }
            Self::Pilot => "no pilot file was measured; run contactpoint quality and hand in its report",
            Self::PilotBelow => {
                "the pilot file is below a threshold that was agreed; put right what the report names and measure again"
            }
            Self::Rehearsal => "there was no rehearsal since the pilot; load the pilot file as a rehearsal",
            Self::FirstSignature => {
                "nobody has signed the installation off; two people do, who prepared none of it"
            }
            Self::SecondSignature => "a second person must sign the installation off",
            Self::InstanceEnded => {
                "the instance accreditation has ended; hand in a new pilot file to renew it"
            }
            Self::Stopped => "the installation was stopped; another person than who stopped it lets it go on",
        }
    }
}

/// What a source of a profile needs and does not have to send by a way, in the order of the steps; nothing when it may load.
#[must_use]
pub fn missing(
    organisation_may_feed: bool,
    product: Option<&Product>,
    installation: &Installation,
    (way, profile): (WayIn, &str),
    today: Date,
) -> Vec<Missing> {
    let mut missing = Vec::new();
    let mut unless = |stands: bool, step: Missing| {
        if !stands {
            missing.push(step);
        }
    };
    unless(organisation_may_feed, Missing::Organisation);
    unless(installation.stopped().is_none(), Missing::Stopped);
    let credential = installation.credentials().any(|(_, credential)| credential.confirmed.is_some());
    if installation.declared_until().is_some_and(|until| today <= until) {
        // What the configuration declares is on paper; that a message comes from the source must be proved all the same.
        unless(way == WayIn::Files || credential, Missing::Credential);
        return missing;
    }
    match product {
        None => unless(false, Missing::Product),
        Some(product) if product.stands(way, profile, today) => {}
        Some(product) => {
            let ended = product.state() == ProductState::Withdrawn
                || product.valid_until().is_some_and(|until| today > until);
            unless(false, if ended { Missing::TypeEnded } else { Missing::TypeNotAccredited });
        }
    }
    unless(credential, Missing::Credential);
    if installation.valid_until().is_some_and(|until| today <= until) {
        return missing;
    }
    if installation.valid_until().is_some() {
        missing.push(Missing::InstanceEnded);
    }
    let mut unless = |stands: bool, step: Missing| {
        if !stands {
            missing.push(step);
        }
    };
    match installation.pilot() {
        None => unless(false, Missing::Pilot),
        Some(pilot) => unless(pilot.below.is_empty(), Missing::PilotBelow),
    }
    unless(installation.rehearsal().is_some(), Missing::Rehearsal);
    match installation.signed() {
        [] => unless(false, Missing::FirstSignature),
        [_] => unless(false, Missing::SecondSignature),
        _ => {}
    }
    missing
}
