//! How a person proved who they are, which acts are dangerous, and how long a proof is fresh enough for one.

use jiff::{SignedDuration, Timestamp};

use super::{Permission, SessionPolicy};
use crate::text_value::coded;

coded! {
    /// What a session rests on (rule 6.10: two factors at least).
    Proof {
        /// A passkey: the device, and the person verified by it.
        Passkey = "passkey",
        /// A password and a one-time code.
        PasswordAndCode = "password_and_code",
        /// The organisation's own identity provider, with a second factor.
        Provider = "provider",
    }
}

impl SessionPolicy {
    /// Until when a proof given at `proved` is fresh enough for a dangerous act.
    #[must_use]
    pub fn fresh_until(&self, proved: Timestamp) -> Timestamp {
        proved
            .checked_add(SignedDuration::from_mins(i64::from(self.step_up_minutes)))
            .unwrap_or(Timestamp::MIN)
    }
}

coded! {
    /// An act for which an open session is not enough: whoever found the browser unlocked could take an account over by it,
    /// switch a protection off, or undo what cannot be made good again. The person proves afresh who they are.
    DangerousAct {
        /// To change one's own passkeys, password, authenticator or identity provider.
        ChangeOwnKeys = "change_own_keys",
        /// To give a new account its first code.
        StartEnrolment = "start_enrolment",
        /// To propose that somebody's lost keys are replaced.
        ProposeRecovery = "propose_recovery",
        /// To decide that, as the second person.
        DecideRecovery = "decide_recovery",
        /// To take the code of an approved recovery.
        TakeRecoveryCode = "take_recovery_code",
        /// To give a role, or to propose it.
        GiveRole = "give_role",
        /// To decide a proposed role, as the second person.
        DecideRole = "decide_role",
        /// To take a role away.
        TakeRole = "take_role",
        /// To suspend an account because misuse is suspected.
        SuspendForMisuse = "suspend_for_misuse",
        /// To lift a suspension.
        LiftSuspension = "lift_suspension",
        /// To close an account, for ever.
        CloseAccount = "close_account",
        /// To carry out a file of joiners and leavers.
        ImportAccounts = "import_accounts",
        /// To grant an accreditation, to refuse it, or to find a condition of it met.
        DecideAccreditation = "decide_accreditation",
        /// To suspend an accreditation, or one capability of it.
        SuspendAccreditation = "suspend_accreditation",
        /// To end such a suspension.
        ReinstateAccreditation = "reinstate_accreditation",
        /// To withdraw an organisation, for good.
        WithdrawOrganisation = "withdraw_organisation",
        /// To let a colleague open a child's record in one's own name.
        ApproveMediation = "approve_mediation",
        /// To propose what is decided about a shield, at its request or its review.
        ProposeShield = "propose_shield",
        /// To decide that, as the second person.
        DecideShield = "decide_shield",
        /// To propose that an address is protected, or is so no more, or to decide that.
        KeepProtectedPlaces = "keep_protected_places",
        /// To decide a disclosure outside the access rules, as the second person.
        DecideDisclosure = "decide_disclosure",
        /// To record that it has left.
        ReleaseDisclosure = "release_disclosure",
        /// To retrieve a record from the archive's later years, or to open what was retrieved.
        RetrieveFromArchive = "retrieve_from_archive",
        /// To decide an alert so that an investigation follows.
        OpenInvestigation = "open_investigation",
        /// To propose a finding, to confirm or refuse it, and so to close an investigation.
        CloseInvestigation = "close_investigation",
        /// To look up in the trail what one person did, or what was done with one child.
        ReadTrailOfOne = "read_trail_of_one",
        /// To record a death: a year later nobody finds the child any more.
        RecordDeath = "record_death",
        /// To decide a legal hold or its release, as the second person.
        DecideHold = "decide_hold",
        /// To override the shield of one record, or to ask a second person for it.
        OverrideShield = "override_shield",
        /// To agree, as the second person, that the shield of a child at high risk is overridden.
        AgreeToOverride = "agree_to_override",
        /// To propose that two identities of a child are kept apart.
        ProposeSeal = "propose_seal",
        /// To decide that, as the second person.
        DecideSeal = "decide_seal",
        /// To propose what becomes of a record held by the sealed desk or asked of it, or to decide it.
        ReleaseHeld = "release_held",
        /// To release a letter to a family, as the second person, or to send it back.
        ReleaseLetter = "release_letter",
        /// To take a released letter, which leaves the directory.
        TakeLetter = "take_letter",
        /// To sign a source off, to confirm a credential of it, or to let a stopped one go on.
        SignOffFeed = "sign_off_feed",
        /// To accredit a product, to refuse it, or to withdraw it.
        DecideProduct = "decide_product",
        /// To decide about the records a full file lacks: that they are ended, or stay.
        EndAbsentRecords = "end_absent_records",
        /// To offer a protected child to another authority's desk.
        OfferTransfer = "offer_transfer",
        /// To accept a protected child that another desk offers, or to refuse it.
        AnswerTransfer = "answer_transfer",
    }
}

impl DangerousAct {
    /// Whether a proof serves one act only: it is asked for each time, however lately another was given, counts for exactly
    /// what it was asked for, and is used up by it.
    #[must_use]
    pub const fn takes_a_proof_of_its_own(self) -> bool {
        matches!(self, Self::OverrideShield | Self::AgreeToOverride)
    }

    /// The permissions of which one is needed for it: a fresh proof is asked only of who may do it at all.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::ChangeOwnKeys => &[P::ManageOwnAccount],
            Self::StartEnrolment
            | Self::GiveRole
            | Self::DecideRole
            | Self::TakeRole
            | Self::LiftSuspension
            | Self::CloseAccount
            | Self::ImportAccounts => &[P::ManageAccounts],
            Self::ProposeRecovery | Self::DecideRecovery | Self::TakeRecoveryCode => &[P::RecoverAccount],
            Self::SuspendForMisuse => &[P::ManageAccounts, P::Investigate],
            Self::DecideAccreditation => &[P::AssessAccreditation, P::DecideAccreditation],
            Self::SuspendAccreditation | Self::ReinstateAccreditation => &[P::DecideAccreditation],
            Self::WithdrawOrganisation => &[P::ManageOrganisations],
            Self::ApproveMediation => &[P::AskForMediation],
            Self::ProposeShield | Self::DecideShield | Self::KeepProtectedPlaces => &[P::DecideShield],
            Self::OfferTransfer | Self::AnswerTransfer => &[P::DecideShield],
            Self::DecideDisclosure | Self::ReleaseDisclosure => &[P::KeepDisclosureRegister],
            Self::RetrieveFromArchive => &[P::RetrieveFromArchive, P::KeepDisclosureRegister],
            Self::OpenInvestigation => &[P::HandleAlerts],
            Self::CloseInvestigation => &[P::Investigate],
            Self::ReadTrailOfOne => &[P::ReadAudit],
            Self::RecordDeath => &[P::RecordDeath],
            Self::DecideHold => &[P::HoldRecords],
            Self::OverrideShield | Self::AgreeToOverride => &[P::OverrideShield],
            Self::ProposeSeal => &[P::ProposeSeal],
            Self::DecideSeal | Self::ReleaseHeld => &[P::ApproveSeal],
            Self::ReleaseLetter | Self::TakeLetter => &[P::AnswerFamilies],
            Self::SignOffFeed => &[P::SignOffFeed],
            Self::DecideProduct => &[P::AccreditProducts],
            Self::EndAbsentRecords => &[P::LoadFeed],
        }
    }
}
