//! The closed lists of an accreditation: where it stands, and why something was decided.

use crate::text_value::coded;

coded! {
    /// Where an accreditation stands.
    AccreditationState {
        /// The organisation answers and gives its evidence.
        Draft = "draft",
        /// Handed in; waits for an assessor.
        Submitted = "submitted",
        /// Every criterion is judged; waits for the person who decides.
        Assessed = "assessed",
        /// In force until its end.
        Granted = "granted",
        /// Not granted.
        Refused = "refused",
        /// Was in force, and is not until it is reinstated.
        Suspended = "suspended",
        /// A newer one took its place.
        Superseded = "superseded",
    }
}

coded! {
    /// What an accreditation is for.
    Purpose {
        /// The organisation has none in force.
        First = "first",
        /// The one in force ends soon.
        Renewal = "renewal",
        /// What was accredited has changed (rule 11.11).
        MaterialChange = "material_change",
        /// Declared by the installation before there was a workflow; nobody applied.
        Declared = "declared",
    }
}

coded! {
    /// What an assessor found about a criterion.
    Finding {
        /// It is met.
        Met = "met",
        /// It will be met by a date.
        MetWithCondition = "met_with_condition",
        /// It is not met.
        NotMet = "not_met",
    }
}

coded! {
    /// What is lacking where a criterion is met with a condition.
    Lacking {
        /// It is done, and not in writing yet.
        NotYetWritten = "not_yet_written",
        /// It is in writing, and was never tried.
        NotYetTried = "not_yet_tried",
        /// Some people are still to be trained.
        TrainingIncomplete = "training_incomplete",
        /// The evidence is older than it may be.
        EvidenceOutOfDate = "evidence_out_of_date",
        /// A senior person is still to sign.
        NotYetSigned = "not_yet_signed",
    }
}

coded! {
    /// Why an application was sent back.
    SentBack {
        /// Evidence does not show what the criterion asks.
        EvidenceDoesNotFit = "evidence_does_not_fit",
        /// Evidence could not be found under its reference.
        EvidenceNotFound = "evidence_not_found",
        /// The answers do not fit what the organisation does.
        AnswersDoNotFit = "answers_do_not_fit",
        /// The judgements have to be looked at again.
        AssessAgain = "assess_again",
    }
}

coded! {
    /// Why an application was refused.
    RefusalReason {
        /// Criteria are not met.
        CriteriaNotMet = "criteria_not_met",
        /// The evidence does not carry the answers.
        EvidenceInsufficient = "evidence_insufficient",
        /// An investigation of misuse is open.
        MisuseUnderInvestigation = "misuse_under_investigation",
        /// The organisation has no need of the directory (rule 6.3).
        NoNeed = "no_need",
    }
}

coded! {
    /// Why an accreditation, or one capability of it, was suspended.
    SuspensionReason {
        /// Misuse is suspected.
        SuspectedMisuse = "suspected_misuse",
        /// A breach of security.
        SecurityIncident = "security_incident",
        /// A criterion is no longer met.
        CriterionNoLongerMet = "criterion_no_longer_met",
        /// The organisation no longer does the work.
        WorkCeased = "work_ceased",
        /// The organisation asked for it.
        OwnRequest = "own_request",
    }
}

coded! {
    /// A step in the life of an accreditation, as its history tells it.
    StepKind {
        /// The application was opened.
        Opened = "opened",
        /// A question was answered.
        Answered = "answered",
        /// Evidence was given for a criterion.
        EvidenceGiven = "evidence_given",
        /// The application was handed in.
        HandedIn = "handed_in",
        /// It was sent back.
        SentBack = "sent_back",
        /// A criterion was judged.
        Judged = "judged",
        /// The assessment was handed on for decision.
        HandedOn = "handed_on",
        /// It was granted.
        Granted = "granted",
        /// It was refused.
        Refused = "refused",
        /// It was suspended.
        Suspended = "suspended",
        /// One capability was switched off.
        SwitchedOff = "switched_off",
        /// It was reinstated.
        Reinstated = "reinstated",
        /// One capability was switched on again.
        SwitchedOn = "switched_on",
        /// Evidence was given that a condition is met.
        ConditionEvidence = "condition_evidence",
        /// A condition was found met.
        ConditionMet = "condition_met",
        /// A condition ran past its date; what it conditions is off.
        ConditionOverdue = "condition_overdue",
        /// It may be renewed from now on.
        RenewalOpen = "renewal_open",
        /// It ran out.
        Ended = "ended",
        /// A newer one took its place.
        Superseded = "superseded",
    }
}
