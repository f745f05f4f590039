//! The archive's first year (rules 4.3 to 4.5, 12.5): a data administrator of the authority that answered for the record opens
//! it by its number, for a reason of the archive's own list. No search leads there, nobody looks for a colleague, and no
//! override reaches it. To everybody else, of every other record, and once the year is over, the number is one that was never
//! issued.

use audit::{Action, Detail, DisclosureDetail, ReasonDetail};
use directory::access::{ArchiveReason, Permission};
use directory::disclosure::{ArchiveView, Disclosure, ManagementView, Purpose, SpecialView, Viewer};
use directory::{AuthorityCode, ChildNumber};
use uuid::Uuid;

use crate::record::RecordError;
use crate::session::{Reasoned, SignedIn};
use crate::trail::Event;
use crate::{Directory, Disclosed};

/// What is noted in the sealed body of such an entry.
pub(crate) const FROM_ARCHIVE: &str = "from_archive";

impl Directory {
    /// Opens a record in the archive's first year. Reason and disclosure are durable, together, before this returns.
    ///
    /// # Errors
    ///
    /// [`RecordError`]; a refusal is in the trail too.
    pub async fn open_from_archive(
        &self,
        who: &Reasoned,
        number: &ChildNumber,
        reason: ArchiveReason,
    ) -> Result<Disclosed<ArchiveView>, RecordError> {
        let person = who.who();
        if !person.may(Permission::OpenFromArchive) {
            self.record(refused("not_permitted", None).by(person)).await?;
            return Err(RecordError::Forbidden);
        }
        let sources = self.sources().await?;
        let opened = self.child_for(person, number).await?;
        let child = opened.as_ref().map(|open| open.row.child_id);
        let near = opened.as_ref().map(|open| self.near(person, None, open)).unwrap_or_default();
        let shown = opened.and_then(|open| {
            let seen = |viewer| self.disclose_to(&open, &sources, &viewer, Purpose::OpenRecord);
            archivists(person).into_iter().filter_map(seen).find_map(archive)
        });
        let (Some(child), Some((view, fields))) = (child, shown) else {
            self.record(refused("not_found", child).by(person)).await?;
            return Err(RecordError::NotFound);
        };
        let ordinary = reason.in_the_clear();
        let confirmed = ReasonDetail {
            reason: ordinary.code().to_owned(),
            previous: Some(who.reason().code().to_owned()),
            child: Some(child),
        };
        let mut flags = self.noted_of_record(person, &near).await?;
        flags.push(FROM_ARCHIVE.to_owned());
        let detail = DisclosureDetail {
            child: Some(child),
            fields_shown: fields.into_iter().map(str::to_owned).collect(),
            flags,
            stated: Some(reason.code().to_owned()),
            ..DisclosureDetail::default()
        };
        let confirmed = Event::new(Action::ReasonStated, Detail::Reason(confirmed))
            .by(person)
            .because(ordinary.code())
            .concerning([child]);
        let viewed = Event::new(Action::RecordViewed, Detail::Disclosure(detail))
            .by(person)
            .because(ordinary.code())
            .about(child)
            .showing(ManagementView::FIELDS);
        let receipt = self.record_all(vec![confirmed, viewed]).await?;
        Ok(Disclosed::after_audit(view, ordinary, receipt))
    }
}

/// As whom the person looks: for each authority at which a role lets them.
fn archivists(person: &SignedIn) -> Vec<Viewer> {
    let held = person.roles.iter().filter(|held| held.gives(Permission::OpenFromArchive));
    held.filter_map(|held| AuthorityCode::parse(held.at.authority.as_deref()?).ok())
        .map(|authority| Viewer::ArchiveManager { authority })
        .collect()
}

/// The archive's view, and the fields it shows.
fn archive(seen: Disclosure) -> Option<(ArchiveView, Vec<&'static str>)> {
    let fields = seen.fields_shown();
    match seen {
        Disclosure::Special(SpecialView::Archive(view)) => Some((*view, fields)),
        _ => None,
    }
}

fn refused(why: &str, child: Option<Uuid>) -> Event {
    let detail = DisclosureDetail { child, refused: Some(why.to_owned()), ..DisclosureDetail::default() };
    Event::new(Action::RecordRefused, Detail::Disclosure(detail)).concerning(child)
}
