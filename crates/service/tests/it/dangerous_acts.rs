//! What an open session is not enough for: whoever has not proved lately who they are is asked first, and nothing is done
//! (`directory::access::DangerousAct`). An act without its line here does not compile; a use case without its check fails.

use directory::access::accreditation::{Act, SuspensionReason as Why};
use directory::access::{
    Capability, ClosingReason, DangerousAct, DocumentNumber, IdentityDocument, Role, SeenInPerson,
    SuspensionReason,
};
use directory::connecting::{InstallationAct, ProductAct, RefusedType, StoppedBecause};
use directory::identities::SealKind;
use directory::register::ReleasedItem;
use directory::shield::{EvidenceKind, EvidenceReference};
use directory::transfer::{TransferReason, TransferRefusal};
use directory::watching::{Finding, Outcome, Rule, Sanction};
use directory::{Address, ChildNumber, Line};
use jiff::SignedDuration;
use service::{
    About, AbsenceError, AccountActError, ActHandle, AlertError, AuditQuestion, AuditReadError, Change,
    ConnectingError, DeathError, Directory, EnrolmentError, FamilyError, HeldChoice, HeldError, HoldError,
    Import, ImportBy, MediationError, OrganisationError, OwnFactorError, PasskeyError, PasskeyKind,
    PlaceDecision, ProviderError, RecoveryError, RegisterDecision, RegisterError, RelyingParty,
    ReviewDecision, SealError, SealRequest, ShieldDecision, ShieldError, SignedIn, StepUpFirst,
};
use service::{TransferAnswer, TransferError, TransferOffer};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::house::{GP, PASSWORD};
use crate::raw::Raw;
use crate::register::{items, order};
use crate::watching::{TRUST, Town, evidence};

/// A town in which every act could be done.
struct Scene {
    town: Town,
    trust: Uuid,
    second_trust: Uuid,
    third_trust: Uuid,
    doctor: Uuid,
    /// Accounts in use, one for each way to stop one, and one that is suspended.
    spare: Vec<Uuid>,
    alert: Uuid,
    investigation: Uuid,
    disclosure: Uuid,
    child: ChildNumber,
}

impl Scene {
    async fn set(db: &TestDatabases) -> Self {
        let town = Town::open(db, |_| {}).await;
        town.with_cosmo("Whitlock").await;
        town.opens_cosmo("nurse", "Whitlock").await;
        town.watch().await;
        let d = town.directory();
        let trust = d.organisation_id(TRUST).await.unwrap().unwrap();
        let manager = town.signed_in("manager").await;
        let alert = town.one(&manager, Rule::OwnSurname).await;
        d.claim_alert(&manager, alert).await.unwrap();
        let child = town.house.number_of(GP, "G-1").await;
        let disclosure = d.propose_disclosure(&manager, order(&child)).await.unwrap();
        let mut partner = crate::members::partner("Second Trust");
        partner.name = Line::parse("Second Trust").unwrap();
        let second_trust = d.register_organisation(&manager, &partner).await.unwrap();
        let third_trust = service::NewOrganisation {
            name: "Third Trust".to_owned(),
            kind: "partner".to_owned(),
            authority_code: Some(crate::members::LEEDS.to_owned()),
            accredited_until: town.house.clock.now() + SignedDuration::from_hours(24 * 365),
        };
        let third_trust = d.declare_organisation(third_trust).await.unwrap();
        let mut spare = Vec::new();
        for username in ["spare1", "spare2", "spare3", "spare4", "spare5"] {
            town.account(username, "Spare Person", trust, &[Role::Practitioner]).await;
            spare.push(id_of(d, &manager, username).await);
        }
        let doctor = id_of(d, &manager, "doctor").await;
        d.suspend_for_misuse(&manager, spare[4]).await.unwrap();
        let investigation = d.investigations(&manager, None, false, None).await.unwrap().lines[0].id;
        let una = town.signed_in("usermanager").await;
        d.change_account(&una, spare[3], Change::Suspend(SuspensionReason::BY_HAND[0])).await.unwrap();
        Self {
            town,
            trust,
            second_trust,
            third_trust,
            doctor,
            spare,
            alert,
            investigation,
            disclosure,
            child,
        }
    }
}

/// The account of a username, as the list of accounts shows it.
async fn id_of(d: &Directory, who: &SignedIn, username: &str) -> Uuid {
    let asked = service::AccountQuery { words: username.to_owned(), ..service::AccountQuery::default() };
    d.list_accounts(who, &asked).await.unwrap().lines[0].id
}

/// Whether an answer asks for a fresh proof first, and for which act.
trait Asks {
    fn asks(&self) -> Option<DangerousAct>;
}

macro_rules! asks {
    ($($error:ident),+) => {
        $(impl<T> Asks for Result<T, $error> {
            fn asks(&self) -> Option<DangerousAct> {
                match self {
                    Err($error::StepUpFirst(StepUpFirst(act))) => Some(*act),
                    _ => None,
                }
            }
        })+
    };
}

asks!(
    AbsenceError,
    AccountActError,
    AlertError,
    AuditReadError,
    DeathError,
    EnrolmentError,
    HeldError,
    FamilyError,
    ConnectingError,
    HoldError,
    MediationError,
    OrganisationError,
    OwnFactorError,
    PasskeyError,
    ProviderError,
    RecoveryError,
    RegisterError,
    SealError,
    ShieldError,
    TransferError
);

/// Who does the act.
fn actor(act: DangerousAct) -> &'static str {
    use DangerousAct as A;
    match act {
        A::ChangeOwnKeys => "auditor",
        A::ApproveMediation => "doctor",
        A::StartEnrolment
        | A::ProposeRecovery
        | A::DecideRecovery
        | A::TakeRecoveryCode
        | A::GiveRole
        | A::DecideRole
        | A::TakeRole
        | A::LiftSuspension
        | A::CloseAccount
        | A::SuspendForMisuse
        | A::ImportAccounts => "usermanager",
        A::DecideDisclosure => "manager2",
        A::EndAbsentRecords => "dataadmin",
        A::DecideAccreditation
        | A::SuspendAccreditation
        | A::ReinstateAccreditation
        | A::WithdrawOrganisation
        | A::ReleaseDisclosure
        | A::RetrieveFromArchive
        | A::OpenInvestigation
        | A::CloseInvestigation
        | A::ProposeShield
        | A::DecideShield
        | A::KeepProtectedPlaces
        | A::ReadTrailOfOne
        | A::RecordDeath
        | A::DecideHold
        | A::ProposeSeal
        | A::DecideSeal
        | A::ReleaseHeld
        | A::ReleaseLetter
        | A::TakeLetter
        | A::SignOffFeed
        | A::DecideProduct
        | A::OfferTransfer
        | A::AnswerTransfer => "manager",
        A::OverrideShield | A::AgreeToOverride => unreachable!("each takes a proof of its own"),
    }
}

/// Does the act in every way there is; what each answer asks for.
async fn attempt(scene: &Scene, who: &SignedIn, act: DangerousAct) -> Vec<Option<DangerousAct>> {
    use DangerousAct as A;
    let d = scene.town.directory();
    let handle = ActHandle::from_form("none".to_owned());
    let in_force =
        async |act: Act| d.act_on_accreditation_in_force(who, scene.third_trust, &act).await.asks();
    match act {
        A::ChangeOwnKeys => {
            let party = RelyingParty::new("localhost", false).unwrap();
            vec![
                d.change_own_password(who, PASSWORD, "a lamp behind seven doors".to_owned()).await.asks(),
                d.new_authenticator(who).await.asks(),
                d.shown_authenticator(who, "none").await.asks(),
                d.change_own_authenticator(who, "none", "000000").await.asks(),
                d.ask_for_new_passkey(&party, who).await.asks(),
                d.register_passkey(&party, who, "none", "none", PasskeyKind::ALL[0]).await.asks(),
                d.remove_own_passkey(who, "none").await.asks(),
                d.unbind_own_provider(who).await.asks(),
            ]
        }
        A::StartEnrolment => vec![d.start_enrolment(who, "nobody").await.asks()],
        A::ProposeRecovery => {
            let number = DocumentNumber::parse("A12345").unwrap();
            let seen = SeenInPerson { document: IdentityDocument::StaffCard, number };
            vec![d.propose_recovery(who, "nobody", &seen).await.asks()]
        }
        A::DecideRecovery => {
            vec![
                d.decide_recovery(who, &handle, true).await.asks(),
                d.decide_recovery(who, &handle, false).await.asks(),
            ]
        }
        A::TakeRecoveryCode => vec![d.take_recovery_code(who, &handle).await.asks()],
        A::GiveRole => {
            vec![
                d.give_role(who, scene.doctor, Role::Trainer, scene.trust).await.asks(),
                d.give_role(who, scene.doctor, Role::Manager, scene.trust).await.asks(),
            ]
        }
        A::DecideRole => {
            vec![
                d.decide_role(who, Uuid::nil(), true).await.asks(),
                d.decide_role(who, Uuid::nil(), false).await.asks(),
            ]
        }
        A::TakeRole => vec![d.take_role(who, scene.doctor, Role::Trainer, scene.trust).await.asks()],
        A::SuspendForMisuse => {
            let misuse = Change::Suspend(SuspensionReason::Misuse);
            let manager = scene.town.signed_in("manager").await;
            // Who investigates does it too, and proves as late as the other.
            if !who.recently_proved(scene.town.house.clock.now()) {
                scene.town.house.minutes_pass(6);
            }
            vec![
                d.change_account(who, scene.spare[0], misuse).await.asks(),
                d.suspend_for_misuse(&manager, scene.spare[1]).await.asks(),
            ]
        }
        A::LiftSuspension => vec![d.change_account(who, scene.spare[3], Change::Lift).await.asks()],
        A::CloseAccount => {
            let close = Change::Close(ClosingReason::Left);
            vec![d.change_account(who, scene.spare[2], close).await.asks()]
        }
        A::ImportAccounts => {
            let text = Directory::import_header();
            let import = Import { text: &text, dry_run: false };
            vec![d.import_accounts(&ImportBy::Person(who), &import).await.asks()]
        }
        A::SignOffFeed => {
            let acts = [
                InstallationAct::Sign,
                InstallationAct::ConfirmCredential("ab".repeat(32)),
                InstallationAct::GoOn,
            ];
            let mut asked = Vec::new();
            for act in acts {
                asked.push(d.act_on_installation(who, crate::house::CARE, 1, act).await.asks());
            }
            asked
        }
        A::DecideProduct => {
            let line = |text: &str| Line::parse(text).unwrap();
            let product = d.register_product(who, line("A"), line("B"), line("1")).await.unwrap();
            let mut asked = Vec::new();
            let acts = [
                ProductAct::Grant,
                ProductAct::Refuse(RefusedType::ALL[0]),
                ProductAct::Withdraw(StoppedBecause::ALL[0]),
            ];
            for act in acts {
                asked.push(d.act_on_product(who, product, 1, act).await.asks());
            }
            asked
        }
        A::DecideAccreditation => {
            vec![in_force(Act::Grant([Capability::StaffQuery].into())).await]
        }
        A::SuspendAccreditation => {
            vec![
                in_force(Act::SwitchOff(Capability::FeedData, Why::ALL[0])).await,
                in_force(Act::Suspend(Why::ALL[0])).await,
            ]
        }
        A::ReinstateAccreditation => {
            vec![in_force(Act::SwitchOn(Capability::FeedData)).await, in_force(Act::Reinstate).await]
        }
        A::WithdrawOrganisation => vec![d.withdraw_organisation(who, scene.second_trust).await.asks()],
        A::ApproveMediation => vec![d.decide_mediation(who, &handle, true).await.asks()],
        // There is no such request: who may is asked for a fresh proof before that is looked for.
        A::ProposeShield => {
            let (id, decline) = (Uuid::nil(), ShieldDecision::Decline);
            vec![
                d.propose_shield(who, id, &decline).await.asks(),
                d.review_shield(who, id, ReviewDecision::Keep).await.asks(),
                d.review_shield(who, id, ReviewDecision::Lift).await.asks(),
            ]
        }
        A::DecideShield => {
            vec![
                d.decide_shield(who, Uuid::nil(), true).await.asks(),
                d.decide_shield(who, Uuid::nil(), false).await.asks(),
            ]
        }
        A::KeepProtectedPlaces => {
            let file = EvidenceReference::new(EvidenceKind::RefugeReferral, "WA/17").unwrap();
            vec![
                d.propose_protected_place(who, &Address::default(), file).await.asks(),
                d.propose_place_removal(who, Uuid::nil()).await.asks(),
                d.decide_protected_place(who, Uuid::nil(), PlaceDecision::Disagree).await.asks(),
            ]
        }
        A::DecideDisclosure => {
            vec![d.decide_disclosure(who, scene.disclosure, RegisterDecision::Approve).await.asks()]
        }
        A::ReleaseDisclosure => {
            let name = items(&[ReleasedItem::Name]);
            vec![d.release_disclosure(who, scene.disclosure, name).await.asks()]
        }
        A::RetrieveFromArchive => {
            let work = crate::families::at_work(&scene.town.house, who).await;
            vec![d.open_retrieved_record(&work, scene.disclosure).await.asks()]
        }
        A::OpenInvestigation => {
            let outcome = Outcome::MisuseSuspected;
            vec![d.decide_alert(who, scene.alert, outcome, Some(evidence())).await.asks()]
        }
        A::CloseInvestigation => {
            let (id, finding, sanction) = (scene.investigation, Finding::ALL[0], Sanction::ALL[0]);
            vec![
                d.close_investigation(who, id, finding, sanction, evidence()).await.asks(),
                d.confirm_finding(who, id, true).await.asks(),
            ]
        }
        A::DecideHold => {
            vec![
                d.decide_hold(who, Uuid::nil(), true).await.asks(),
                d.decide_hold(who, Uuid::nil(), false).await.asks(),
            ]
        }
        A::OverrideShield | A::AgreeToOverride => Vec::new(),
        A::ProposeSeal => {
            let nothing = SealRequest { kind: SealKind::Adoption, records: Vec::new() };
            vec![d.propose_seal(who, &nothing).await.asks()]
        }
        A::DecideSeal => {
            vec![
                d.decide_seal(who, Uuid::nil(), true).await.asks(),
                d.decide_seal(who, Uuid::nil(), false).await.asks(),
            ]
        }
        A::ReleaseHeld => {
            vec![
                d.propose_held_release(who, Uuid::nil(), HeldChoice::Different).await.asks(),
                d.decide_held_release(who, Uuid::nil(), true).await.asks(),
            ]
        }
        // There is no such request: who may is asked for a fresh proof before that is looked for.
        A::ReleaseLetter => {
            vec![
                d.decide_letter(who, Uuid::nil(), true).await.asks(),
                d.decide_letter(who, Uuid::nil(), false).await.asks(),
            ]
        }
        A::TakeLetter => {
            let work = crate::families::at_work(&scene.town.house, who).await;
            vec![d.take_letter(&work, Uuid::nil()).await.asks()]
        }
        A::EndAbsentRecords => {
            vec![
                d.decide_absence(who, Uuid::nil(), "none", true).await.asks(),
                d.decide_absence(who, Uuid::nil(), "none", false).await.asks(),
            ]
        }
        A::OfferTransfer => {
            let offer = TransferOffer {
                number: scene.child.clone(),
                to: "Bradford".to_owned(),
                reason: TransferReason::MovedHome,
            };
            vec![d.offer_transfer(who, &offer).await.asks()]
        }
        A::AnswerTransfer => {
            let refuse = TransferAnswer::Refuse(TransferRefusal::NotHere);
            vec![
                d.answer_transfer(who, Uuid::nil(), TransferAnswer::Accept).await.asks(),
                d.answer_transfer(who, Uuid::nil(), refuse).await.asks(),
            ]
        }
        A::RecordDeath => vec![d.record_death(who, &scene.child, None).await.asks()],
        A::ReadTrailOfOne => {
            let about = |about| AuditQuestion { about, from: None, until: None, after: None };
            vec![
                d.read_audit(who, &about(About::Account("doctor".to_owned()))).await.asks(),
                d.read_audit(who, &about(About::Child(scene.child.clone()))).await.asks(),
            ]
        }
    }
}

on_both_databases! {
    async fn every_dangerous_act_is_refused_without_a_fresh_proof_and_not_with_one(db: TestDatabases) {
        let scene = Scene::set(&db).await;
        let mut raw = Raw::data(&db).await;
        for &act in DangerousAct::ALL {
            if act.takes_a_proof_of_its_own() {
                // However fresh another proof is: `shield_overrides` tells of these.
                continue;
            }
            let who = scene.town.signed_in(actor(act)).await;
            scene.town.house.clock.advance(SignedDuration::from_mins(5));
            let (acts, changed) = (raw.count("pending_act").await, raw.entries("account_changed").await);
            let answers = attempt(&scene, &who, act).await;
            assert!(answers.iter().all(|asked| *asked == Some(act)), "{act:?}: {answers:?}");
            let after = (raw.count("pending_act").await, raw.entries("account_changed").await);
            assert_eq!(after, (acts, changed), "{act:?}: nothing was done");
            let who = scene.town.signed_in(actor(act)).await;
            let answers = attempt(&scene, &who, act).await;
            assert!(answers.iter().all(Option::is_none), "{act:?}: {answers:?}");
        }
    }

    async fn what_protects_is_done_without_a_fresh_proof(db: TestDatabases) {
        let scene = Scene::set(&db).await;
        let d = scene.town.directory();
        let una = scene.town.signed_in("usermanager").await;
        scene.town.house.minutes_pass(6);
        for &reason in SuspensionReason::BY_HAND.iter().filter(|reason| **reason != SuspensionReason::Misuse) {
            d.change_account(&una, scene.spare[0], Change::Suspend(reason)).await.unwrap();
            let fresh = scene.town.signed_in("usermanager").await;
            d.change_account(&fresh, scene.spare[0], Change::Lift).await.unwrap();
        }
        let doctor = scene.town.signed_in("doctor").await;
        scene.town.house.minutes_pass(6);
        let refused = d.decide_mediation(&doctor, &ActHandle::from_form("none".to_owned()), false).await;
        assert!(matches!(refused, Err(MediationError::Ended)), "looked for, not asked for a proof");
        let text = Directory::import_header();
        let tried = Import { text: &text, dry_run: true };
        assert!(d.import_accounts(&ImportBy::Person(&una), &tried).await.is_ok());
    }
}
