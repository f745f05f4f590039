//! Nothing leaves by a channel that was not verified (rule 14.5): a code goes out by it and comes back to somebody else.

use directory::families::{Asker, ChannelCheck, ChannelCode, DeliveryChannel, FamilyRule, RequestState};
use directory::letter::AccessDepth;
use jiff::SignedDuration;
use service::FamilyError;
use testkit::{TestDatabases, on_both_databases};

use super::{a_house, at_work, her_mother, herself, printed, taken_in};
use crate::raw::Raw;

fn by(channel: DeliveryChannel, mut asker: Asker) -> Asker {
    asker.change_channel(channel);
    asker
}

/// What a step was refused for.
fn why<T: std::fmt::Debug>(answer: Result<T, FamilyError>) -> FamilyRule {
    match answer {
        Err(FamilyError::Rule(rule)) => rule,
        other => panic!("{other:?}"),
    }
}

on_both_databases! {
    async fn nothing_leaves_by_a_channel_whose_code_did_not_come_back(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let (morgan, reece) = house.managers().await;
        let d = &house.directory;
        let id = taken_in(&house, &morgan, &number, by(DeliveryChannel::ConfirmedAddress, her_mother())).await;
        assert_eq!(why(d.make_channel_code(&morgan, id).await), FamilyRule::Moment, "the papers come first");
        d.verify_requester(&morgan, id).await.unwrap();
        assert_eq!(d.subject_request(&morgan, id).await.unwrap().channel_check, None, "papers verify no address");
        let work = at_work(&house, &morgan).await;
        d.prepare_letter(&work, id, AccessDepth::SectorAndMonth).await.unwrap();
        assert_eq!(why(d.decide_letter(&reece, id, true).await), FamilyRule::Channel, "nor is anything released to it");
        let sent = d.make_channel_code(&morgan, id).await.unwrap();
        assert_eq!((sent.channel, sent.void_on.to_string().as_str()), (DeliveryChannel::ConfirmedAddress, "2026-03-16"));
        let view = d.subject_request(&morgan, id).await.unwrap();
        assert_eq!(view.code_out.map(|(_, may)| may), Some(false), "whoever was shown it waits for somebody else");
        assert_eq!(why(d.enter_channel_code(&morgan, id, &sent.code).await), FamilyRule::OwnCode);
        let other = ChannelCode::from_random(7);
        assert_eq!(why(d.enter_channel_code(&reece, id, &other).await), FamilyRule::WrongCode);
        assert_eq!(why(d.decide_letter(&reece, id, true).await), FamilyRule::Channel);
        let typed = ChannelCode::parse(&sent.code.to_string().to_lowercase()).unwrap();
        d.enter_channel_code(&reece, id, &typed).await.unwrap();
        let view = d.subject_request(&morgan, id).await.unwrap();
        assert_eq!((view.channel_check, view.code_out), (Some(ChannelCheck::CodeReturned), None));
        super::released(&house, &reece, id).await;
        // Another channel: what was verified and what was released count for nothing.
        d.change_channel(&morgan, id, DeliveryChannel::OwnAccount).await.unwrap();
        let view = d.subject_request(&morgan, id).await.unwrap();
        assert_eq!((view.line.state, view.channel_check), (RequestState::Prepared, None));
        let work = at_work(&house, &reece).await;
        assert_eq!(why(d.take_letter(&work, id).await), FamilyRule::Moment);
        assert_eq!(why(d.enter_channel_code(&reece, id, &typed).await), FamilyRule::NoCode, "a code is used once");
        let sent = d.make_channel_code(&morgan, id).await.unwrap();
        assert_eq!(why(d.enter_channel_code(&reece, id, &typed).await), FamilyRule::WrongCode, "the old one is void");
        d.enter_channel_code(&reece, id, &sent.code).await.unwrap();
        super::released(&house, &reece, id).await;
        d.take_letter(&work, id).await.unwrap();
        d.deliver_letter(&reece, id).await.unwrap();
        assert_eq!(why(d.change_channel(&morgan, id, DeliveryChannel::AtOffice).await), FamilyRule::Moment);
        // Each act is in the trail, the wrong codes and the refusals too; the code itself is nowhere.
        let about = service::AuditQuestion::about(service::About::Child(number));
        let mut read = String::new();
        for line in d.read_audit(&morgan, &about).await.unwrap().lines {
            read.push_str(&format!("{:?}", d.read_audit_entry(&morgan, line.entry).await.unwrap().body));
        }
        for act in ["channel_code_made", "channel_code_wrong", "channel_verified", "channel_changed"] {
            assert!(read.contains(act), "{act} in {read}");
        }
        assert!(!read.contains(&sent.code.to_string()));
    }

    async fn a_code_is_void_after_its_tries_and_after_its_time(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let (morgan, reece) = house.managers().await;
        let d = &house.directory;
        let id = taken_in(&house, &morgan, &number, by(DeliveryChannel::OwnAccount, herself())).await;
        d.verify_requester(&morgan, id).await.unwrap();
        let sent = d.make_channel_code(&morgan, id).await.unwrap();
        let entries = Raw::data(&db).await.entries("family_matter_changed").await;
        for wrong in 1..=5 {
            let answer = d.enter_channel_code(&reece, id, &ChannelCode::from_random(wrong)).await;
            assert_eq!(why(answer), FamilyRule::WrongCode);
        }
        assert_eq!(Raw::data(&db).await.entries("family_matter_changed").await, entries + 5, "each try is an entry");
        assert_eq!(why(d.enter_channel_code(&reece, id, &sent.code).await), FamilyRule::NoCode);
        let sent = d.make_channel_code(&morgan, id).await.unwrap();
        house.clock.advance(SignedDuration::from_hours(24 * 14));
        let (morgan, reece) = house.managers().await;
        assert_eq!(why(d.enter_channel_code(&reece, id, &sent.code).await), FamilyRule::NoCode);
        assert_eq!(d.subject_request(&morgan, id).await.unwrap().code_out, None);
    }

    async fn at_the_office_the_papers_are_what_verifies_and_no_code_is_made(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let (morgan, _) = house.managers().await;
        let d = &house.directory;
        let id = taken_in(&house, &morgan, &number, herself()).await;
        assert_eq!(d.subject_request(&morgan, id).await.unwrap().channel_check, None);
        d.verify_requester(&morgan, id).await.unwrap();
        assert_eq!(d.subject_request(&morgan, id).await.unwrap().channel_check, Some(ChannelCheck::SeenAtOffice));
        assert_eq!(why(d.make_channel_code(&morgan, id).await), FamilyRule::NoCodeNeeded);
    }

    async fn the_channel_changes_no_byte_of_the_letter(db: TestDatabases) {
        let (house, number) = a_house(&db).await;
        let (morgan, reece) = house.managers().await;
        let d = &house.directory;
        let mut letters = Vec::new();
        for channel in [DeliveryChannel::AtOffice, DeliveryChannel::ConfirmedAddress] {
            let id = taken_in(&house, &morgan, &number, by(channel, her_mother())).await;
            d.verify_requester(&morgan, id).await.unwrap();
            if channel.asks_for_code() {
                let sent = d.make_channel_code(&morgan, id).await.unwrap();
                d.enter_channel_code(&reece, id, &sent.code).await.unwrap();
            }
            d.prepare_letter(&at_work(&house, &morgan).await, id, AccessDepth::SectorAndMonth).await.unwrap();
            super::released(&house, &reece, id).await;
            letters.push(printed(d.take_letter(&at_work(&house, &reece).await, id).await.unwrap().data()));
        }
        assert_eq!(letters[0], letters[1]);
        let sizes = Raw::data(&db).await.blobs("SELECT sealed FROM family_matter").await;
        assert_eq!(sizes[0].len(), sizes[1].len(), "nor does the length of what is kept tell it");
    }
}
